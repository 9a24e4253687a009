using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Compares what is on disk of an entry, its content apart, with what the archive says.</summary>
internal static class EntryCheck
{
    private const uint PermissionBits = 0xFFF;

    // File systems keep other times than these only roughly, or not at all.
    private const long EarliestSecond = -(1L << 31);
    private const long LatestSecond = (1L << 33) - 1;

    /// <summary>The first difference; null where there is none.</summary>
    public static string? FindDifference(SafeFileHandle root, TarEntry entry)
    {
        LayerPath path = LayerPath.Parse(entry.Name);
        if (path.IsRoot || path.Name.StartsWith(".wh."u8))
        {
            return null;
        }

        using SafeFileHandle? parent = FileAt.FindInRoot(root, path.Parent);
        FileStatus? found = parent is null ? null : FileMetadata.FindStatus(parent, path.Name);
        if (found is null)
        {
            return "is missing";
        }

        return entry.Kind == TarEntryKind.HardLink ? FindLinkDifference(root, entry, found.GetValueOrDefault()) : FindDifference(parent!, path, entry, found.GetValueOrDefault());
    }

    private static string? FindDifference(SafeFileHandle parent, LayerPath path, TarEntry entry, FileStatus status)
    {
        if (status.Kind != GetKind(entry.Kind))
        {
            return $"is a {status.Kind}, not a {GetKind(entry.Kind)}";
        }

        if (status.UserId != entry.UserId || status.GroupId != entry.GroupId)
        {
            return $"belongs to {status.UserId}:{status.GroupId}, not to {entry.UserId}:{entry.GroupId}";
        }

        bool isLink = entry.Kind == TarEntryKind.SymbolicLink;
        if (!isLink && (status.Mode & PermissionBits) != entry.Permissions)
        {
            return $"has the mode {Convert.ToString(status.Mode & PermissionBits, 8)}, not {Convert.ToString(entry.Permissions, 8)}";
        }

        if (entry.Modified.Seconds is >= EarliestSecond and <= LatestSecond && status.Modified != entry.Modified)
        {
            return "has another time of modification";
        }

        if (isLink && !FileAt.ReadLink(parent, path.Name).AsSpan().SequenceEqual(entry.LinkName))
        {
            return "links elsewhere";
        }

        bool isDevice = entry.Kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice;
        if (isDevice && status.Device != (entry.DeviceMajor, entry.DeviceMinor))
        {
            return "is another device";
        }

        return entry.Attributes.All(attribute => HasAttribute(parent, path, attribute, status.Kind)) ? null : "lacks an attribute";
    }

    private static bool HasAttribute(SafeFileHandle parent, LayerPath path, (byte[] Name, byte[] Value) attribute, FileKind kind)
    {
        if (!LayerWriter.IsKept(attribute.Name) || kind is not (FileKind.Regular or FileKind.Directory))
        {
            return true;
        }

        try
        {
            return FileMetadata.FindAttribute(parent, path.Name, attribute.Name).AsSpan().SequenceEqual(attribute.Value);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.NotSupported)
        {
            // What the file system has no place for was left out when the layer was unpacked.
            return true;
        }
    }

    private static string? FindLinkDifference(SafeFileHandle root, TarEntry entry, FileStatus status)
    {
        LayerPath target = LayerPath.Parse(entry.LinkName);
        using SafeFileHandle? parent = FileAt.FindInRoot(root, target.Parent);
        FileStatus? other = parent is null ? null : FileMetadata.FindStatus(parent, target.Name);

        // A file of the layers below that was linked, then removed: its own layer has the link alone.
        bool isGone = other is not { } there || LayerWriter.IsWhiteout(there);
        return isGone || other?.Inode == status.Inode ? null : "is not the hard link that it was";
    }

    private static FileKind GetKind(TarEntryKind kind) => kind switch
    {
        TarEntryKind.File => FileKind.Regular,
        TarEntryKind.Directory => FileKind.Directory,
        TarEntryKind.SymbolicLink => FileKind.SymbolicLink,
        TarEntryKind.CharacterDevice => FileKind.CharacterDevice,
        TarEntryKind.BlockDevice => FileKind.BlockDevice,
        _ => FileKind.Fifo,
    };
}
