using System.Text;
using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Reads and makes what lies in a root file system of a container: every link stays inside, and only regular files are read.</summary>
public static class RootedFiles
{
    private const uint DirectoryPermissions = 0x1ED; // 0755
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The content of a regular file; null where there is none, or something that is not a regular file.</summary>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="maxBytes"/>.</exception>
    public static byte[]? ReadFile(string root, string path, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle directory = FileAt.OpenDirectory(root);
        using SafeFileHandle? found = FileAt.FindInRoot(directory, Encoding.UTF8.GetBytes(path));
        if (found is null || FileMetadata.GetStatus(found).Kind != FileKind.Regular)
        {
            return null;
        }

        // The handle only refers to the file; its link in /proc opens that very file, whatever its name has become.
        using FileStream stream = new($"/proc/self/fd/{found.DangerousGetHandle()}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] content = new byte[Math.Min(stream.Length, (long)maxBytes + 1)];
        int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length <= maxBytes
            ? content[..length]
            : throw new InvalidDataException($"'{path}' has more than {maxBytes} bytes");
    }

    /// <summary>Makes a directory with its parents where they are missing, and returns its path on the host.</summary>
    /// <param name="owner">Whose the directories that are made will be.</param>
    /// <exception cref="LinuxException">A component is not a directory.</exception>
    /// <exception cref="CridException">InvalidArgument: links lead to a name that is not UTF-8.</exception>
    public static string EnsureDirectory(string root, string path, FileOwner owner = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle directory = FileAt.OpenDirectory(root);
        string reached = "";
        SafeFileHandle parent = FileAt.FindInRoot(directory, default)!;
        try
        {
            foreach (string element in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                reached = $"{reached}/{element}";
                byte[] bytes = Encoding.UTF8.GetBytes(reached);
                SafeFileHandle? next = FileAt.FindInRoot(directory, bytes);
                if (next is null)
                {
                    if (FileAt.TryMakeDirectory(parent, Encoding.UTF8.GetBytes(element), DirectoryPermissions) && owner != default)
                    {
                        FileMetadata.SetOwner(parent, Encoding.UTF8.GetBytes(element), owner.UserId, owner.GroupId);
                    }

                    next = FileAt.FindInRoot(directory, bytes) ?? throw new LinuxException("mkdir", reached, Tmds.Linux.LibC.ENOTDIR);
                }

                parent.Dispose();
                parent = next;
            }

            return PathOf(parent);
        }
        finally
        {
            parent.Dispose();
        }
    }

    /// <summary>A path of the host with its symbolic links resolved; null where there is nothing.</summary>
    public static string? FindRealPath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle root = FileAt.OpenDirectory("/");
        using SafeFileHandle? found = FileAt.FindInRoot(root, Encoding.UTF8.GetBytes(path));
        return found is null ? null : PathOf(found);
    }

    /// <summary>The path on the host of a directory in a root; null where there is none, or something that is not a directory.</summary>
    public static string? FindDirectory(string root, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle directory = FileAt.OpenDirectory(root);
        using SafeFileHandle? found = FileAt.FindInRoot(directory, Encoding.UTF8.GetBytes(path));
        return found is not null && FileMetadata.GetStatus(found).Kind == FileKind.Directory ? PathOf(found) : null;
    }

    // A path with replacement characters could be that of something else, which whoever made the names has chosen: a link out of the root.
    private static string PathOf(SafeFileHandle found)
    {
        byte[] path = FileMetadata.GetPath(found);
        try
        {
            return StrictUtf8.GetString(path);
        }
        catch (DecoderFallbackException exception)
        {
            throw CridException.InvalidArgument($"'{Encoding.UTF8.GetString(path)}' has a name that is not UTF-8", exception);
        }
    }
}
