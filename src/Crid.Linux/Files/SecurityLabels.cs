using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>The labels of security modules on files, which SELinux keeps in an extended attribute.</summary>
public static class SecurityLabels
{
    private static ReadOnlySpan<byte> Attribute => "security.selinux"u8;

    /// <summary>The label of a path, whose last component is not followed; null where it has none.</summary>
    public static string? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle parent = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
        byte[]? value = FileMetadata.FindAttribute(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)), Attribute);
        return value is null ? null : Encoding.UTF8.GetString(value).TrimEnd('\0');
    }

    /// <summary>Labels a path, whose last component is not followed.</summary>
    public static void Set(string path, string label)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle parent = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
        FileMetadata.SetAttribute(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)), Attribute, ToValue(label));
    }

    /// <summary>Labels an open file or pipe.</summary>
    public static void Set(SafeFileHandle file, string label) => FileMetadata.SetAttribute(file, Attribute, ToValue(label));

    /// <summary>
    /// Labels a path and all below it, except what is mounted there. Files that have the label are left alone, and a file system without labels
    /// as a whole.
    /// </summary>
    /// <exception cref="LinuxException">The file system failed, for example because it is read-only.</exception>
    public static void SetAll(string path, string label, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] value = ToValue(label);
        using SafeFileHandle parent = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
        byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        try
        {
            SetWhereOther(parent, name, value);
        }
        catch (LinuxException exception) when (exception.Errno == LibC.EOPNOTSUPP)
        {
            return;
        }

        if (FileMetadata.FindStatus(parent, name) is { Kind: FileKind.Directory })
        {
            DirectoryWalk.Run(path, (directory, entry, _) => SetWhereOther(directory, entry, value), () => cancellationToken.IsCancellationRequested);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void SetWhereOther(SafeFileHandle parent, byte[] name, byte[] value)
    {
        try
        {
            if (FileMetadata.FindAttribute(parent, name, Attribute) is not { } current || !current.AsSpan().SequenceEqual(value))
            {
                FileMetadata.SetAttribute(parent, name, Attribute, value);
            }
        }
        catch (LinuxException exception) when (exception.Errno == Errno.NoEntry)
        {
            // It was removed meanwhile.
        }
    }

    // The kernel's own tools end the value with a zero byte.
    private static byte[] ToValue(string label) => [.. Encoding.UTF8.GetBytes(label), 0];
}
