using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Writes the entries of a layer's archive: image-spec layer.md, "Applying Changesets".</summary>
internal sealed class LayerWriter(LayerTree tree, UnpackLimits limits)
{
    private const uint PrivateMode = 0x180; // 0600 until owner and attributes are set
    private const uint PrivateDirectoryMode = 0x1C0; // 0700
    private const uint PermissionBits = 0xFFF; // 07777
    private readonly List<(LayerPath Path, FileTime Modified)> _directoryTimes = [];
    private long _bytes;
    private long _entries = 1;
    private long _inodes = 1;

    /// <summary>What the entries take on disk, as long as each has made exactly one file: see <see cref="IsIrregular"/>.</summary>
    public DirectoryUsage Usage => new((ulong)_bytes, (ulong)_inodes);

    /// <summary>True where an entry replaced another, so that the files no longer tell what the archive had.</summary>
    public bool IsIrregular { get; private set; }

    /// <summary>True for entries whose content becomes the content of a file.</summary>
    public static bool KeepsContent(TarEntry entry)
    {
        LayerPath path = LayerPath.Parse(entry.Name);
        return entry.Kind == TarEntryKind.File && !path.IsRoot && !path.Name.StartsWith(".wh."u8);
    }

    /// <summary>True for attributes that files get.</summary>
    /// <remarks>Those of the trusted class steer overlay itself: an image must not choose what its layers hide or redirect.</remarks>
    public static bool IsKept(ReadOnlySpan<byte> name) =>
        !name.StartsWith("trusted."u8) && !name.StartsWith("user.overlay."u8);

    /// <summary>True for what overlay takes for a removal.</summary>
    public static bool IsWhiteout(FileStatus status) => status.Kind == FileKind.CharacterDevice && status.Device == (0, 0);

    /// <summary>Writes one entry; the content of a file is read from the archive.</summary>
    public void Write(TarEntry entry, TarReader archive)
    {
        LayerPath path = LayerPath.Parse(entry.Name);
        if (path.IsRoot)
        {
            return;
        }

        if (++_entries + tree.ImplicitDirectories > limits.Entries)
        {
            throw new CridException(ErrorKind.ResourceExhausted, $"the layer has more than {limits.Entries} entries");
        }

        try
        {
            if (path.Name.StartsWith(".wh."u8))
            {
                WriteWhiteout(path);
            }
            else
            {
                WriteEntry(entry, path, archive);
            }
        }
        catch (LinuxException exception)
        {
            throw LayerFailure.Of(exception, path);
        }
    }

    /// <summary>Sets the times of directories, which every file that was made in them changed, and leaves the layer's own directory complete.</summary>
    public void Complete()
    {
        foreach ((LayerPath path, FileTime modified) in _directoryTimes)
        {
            using SafeFileHandle? directory = FileAt.FindInRoot(tree.Root, path.Bytes, followLast: false);
            if (directory is not null && FileMetadata.GetStatus(directory) is { Kind: FileKind.Directory } status)
            {
                FileMetadata.SetTimes(directory, "."u8, modified);
                _bytes += (long)status.AllocatedBytes;
            }
        }

        tree.Complete();
        _bytes += (long)FileMetadata.GetStatus(tree.Root).AllocatedBytes;
    }

    private void WriteEntry(TarEntry entry, LayerPath path, TarReader archive)
    {
        SafeFileHandle parent = tree.OpenParent(path);
        switch (entry.Kind)
        {
            case TarEntryKind.File:
                WriteFile(entry, path, parent, archive);
                break;
            case TarEntryKind.Directory:
                WriteDirectory(entry, path, parent);
                break;
            case TarEntryKind.HardLink:
                WriteHardLink(entry, path);
                break;
            case TarEntryKind.SymbolicLink:
                MakeRoom(path, parent);
                FileAt.MakeSymbolicLink(entry.LinkName, parent, path.Name);
                SetMetadata(entry, path, parent);
                _bytes += (long)(FileMetadata.FindStatus(parent, path.Name)?.AllocatedBytes ?? 0);
                _inodes++;
                break;
            default:
                MakeRoom(path, parent);
                FileAt.MakeNode(parent, path.Name, ToFileKind(entry.Kind), PrivateMode, entry.DeviceMajor, entry.DeviceMinor);
                SetMetadata(entry, path, parent);
                SetNodePermissions(entry, path, parent);
                _inodes++;
                break;
        }
    }

    private void WriteFile(TarEntry entry, LayerPath path, SafeFileHandle parent, TarReader archive)
    {
        // A file of root is made with its permissions at once: nobody else can reach the directory yet.
        uint mode = entry is { UserId: 0, GroupId: 0 } ? entry.Permissions : PrivateMode;
        SafeFileHandle? file = FileAt.TryCreateFile(parent, path.Name, mode);
        if (file is null)
        {
            Replace(parent, path);
            file = FileAt.TryCreateFile(parent, path.Name, mode) ?? throw new LinuxException("openat", path: null, Errno.Exists);
        }

        using (file)
        {
            if (entry.Sparse is { } map)
            {
                WriteSparse(file, map, archive);
            }
            else
            {
                for (ReadOnlySpan<byte> content = archive.ReadContent(); !content.IsEmpty; content = archive.ReadContent())
                {
                    FileAt.Write(file, content);
                }
            }

            _bytes += (long)SetMetadata(entry, file).AllocatedBytes;
        }

        _inodes++;
    }

    private void WriteSparse(SafeFileHandle file, SparseMap map, TarReader archive)
    {
        if (map.Size > limits.Bytes)
        {
            throw new CridException(ErrorKind.ResourceExhausted, $"the layer has a sparse file of more than {limits.Bytes} bytes");
        }

        FileAt.SetLength(file, map.Size);
        ReadOnlySpan<byte> content = default;
        foreach (SparseExtent extent in map.Extents)
        {
            for (long at = extent.Offset; at < extent.End;)
            {
                content = content.IsEmpty ? archive.ReadContent() : content;
                int length = (int)Math.Min(content.Length, extent.End - at);
                FileAt.Write(file, content[..length], at);
                content = content[length..];
                at += length;
            }
        }
    }

    private void WriteDirectory(TarEntry entry, LayerPath path, SafeFileHandle parent)
    {
        bool hidesLower = false;
        bool made = FileAt.TryMakeDirectory(parent, path.Name, PrivateDirectoryMode);
        if (!made && FileMetadata.FindStatus(parent, path.Name) is { Kind: not FileKind.Directory } other)
        {
            hidesLower = IsWhiteout(other);
            Replace(parent, path);
            made = FileAt.TryMakeDirectory(parent, path.Name, PrivateDirectoryMode);
        }

        IsIrregular |= !made;
        using (SafeFileHandle directory = FileAt.OpenDirectory(parent, path.Name))
        {
            SetMetadata(entry, directory);
        }

        if (hidesLower && !tree.IsMerged)
        {
            tree.SetOpaque(path);
        }

        _directoryTimes.Add((path, entry.Modified));
        _inodes++;
    }

    private void WriteHardLink(TarEntry entry, LayerPath path)
    {
        LayerPath target = LayerPath.Parse(entry.LinkName);
        SafeFileHandle? targetParent = FindLinkParent(target);
        if (targetParent is null)
        {
            tree.Merge();
            targetParent = FindLinkParent(target)
                ?? throw CridException.InvalidArgument($"the archive links to '{LayerFailure.Format(target.Bytes)}', which does not exist");
        }

        using (targetParent)
        {
            if (FileMetadata.FindStatus(targetParent, target.Name)?.Kind == FileKind.Directory)
            {
                throw CridException.InvalidArgument($"the archive has a hard link to '{LayerFailure.Format(target.Bytes)}', which is a directory");
            }

            SafeFileHandle parent = tree.OpenParent(path);
            if (path.Bytes.SequenceEqual(target.Bytes))
            {
                return;
            }

            MakeRoom(path, parent);
            tree.Borrow(targetParent, target.Name);
            FileAt.MakeHardLink(targetParent, target.Name, parent, path.Name);
        }
    }

    // The directory of a link's target, null where the target is not there.
    private SafeFileHandle? FindLinkParent(LayerPath target)
    {
        SafeFileHandle? parent = target.IsRoot ? null : FileAt.FindInRoot(tree.Root, target.Parent);
        if (parent is not null && FileMetadata.FindStatus(parent, target.Name) is null)
        {
            parent.Dispose();
            return null;
        }

        return parent;
    }

    private void WriteWhiteout(LayerPath marker)
    {
        ReadOnlySpan<byte> name = marker.Name[4..];
        if (name.SequenceEqual(".wh..opq"u8))
        {
            tree.OpenParent(marker);
            tree.SetOpaque(LayerPath.Parse(marker.Parent));
            return;
        }

        if (name.StartsWith(".wh."u8))
        {
            // Bookkeeping of AUFS; nothing of the image.
            return;
        }

        if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw CridException.InvalidArgument("the archive has a whiteout without a name");
        }

        LayerPath path = LayerPath.Parse([.. marker.Parent, (byte)'/', .. name]);
        SafeFileHandle parent = tree.OpenParent(path);
        FileStatus? existing = FileMetadata.FindStatus(parent, path.Name);
        if (existing is not { } there)
        {
            MakeWhiteout(parent, path);
        }
        else if (!tree.IsOwn(parent, path.Name))
        {
            tree.Remove(parent, path.Name);
        }
        else if (there.Kind == FileKind.Directory)
        {
            // A whiteout speaks of the layers below, never of what its own layer put there.
            tree.SetOpaque(path);
        }
    }

    // Seen with the layers below, there is nothing to hide.
    private void MakeWhiteout(SafeFileHandle parent, LayerPath path)
    {
        if (!tree.IsMerged)
        {
            FileAt.MakeNode(parent, path.Name, FileKind.CharacterDevice, 0, 0, 0);
            _inodes++;
        }
    }

    private void MakeRoom(LayerPath path, SafeFileHandle parent)
    {
        if (FileMetadata.FindStatus(parent, path.Name) is not null)
        {
            Replace(parent, path);
        }
    }

    private void Replace(SafeFileHandle parent, LayerPath path)
    {
        IsIrregular = true;
        tree.Remove(parent, path.Name);
    }

    private static FileKind ToFileKind(TarEntryKind kind) => kind switch
    {
        TarEntryKind.CharacterDevice => FileKind.CharacterDevice,
        TarEntryKind.BlockDevice => FileKind.BlockDevice,
        _ => FileKind.Fifo,
    };

    private static void SetNodePermissions(TarEntry entry, LayerPath path, SafeFileHandle parent)
    {
        using SafeFileHandle? node = FileAt.FindInRoot(parent, path.Name, followLast: false);
        FileMetadata.SetPermissionsOfPath(node ?? throw new LinuxException("openat2", path: null, Errno.NoEntry), entry.Permissions);
    }

    // Owner first: changing it clears set-id bits and capabilities.
    private static FileStatus SetMetadata(TarEntry entry, SafeFileHandle file)
    {
        FileStatus status = FileMetadata.GetStatus(file);
        bool sameOwner = status.UserId == entry.UserId && status.GroupId == entry.GroupId;
        if (!sameOwner)
        {
            FileMetadata.SetOwner(file, entry.UserId, entry.GroupId);
        }

        foreach ((byte[] name, byte[] value) in entry.Attributes.Where(static attribute => IsKept(attribute.Name)))
        {
            try
            {
                FileMetadata.SetAttribute(file, name, value);
            }
            catch (LinuxException exception) when (exception.Errno == Errno.NotSupported)
            {
                // The file system of the store has no attributes of this kind.
            }
        }

        if (!sameOwner || (status.Mode & PermissionBits) != entry.Permissions)
        {
            FileMetadata.SetPermissions(file, entry.Permissions);
        }

        FileMetadata.SetTimes(file, entry.Modified);
        return entry.Attributes.Count == 0 ? status : FileMetadata.GetStatus(file);
    }

    private static void SetMetadata(TarEntry entry, LayerPath path, SafeFileHandle parent)
    {
        FileMetadata.SetOwner(parent, path.Name, entry.UserId, entry.GroupId);
        foreach ((byte[] name, byte[] value) in entry.Attributes.Where(static attribute => IsKept(attribute.Name)))
        {
            try
            {
                FileMetadata.SetAttribute(parent, path.Name, name, value);
            }
            catch (LinuxException exception) when (exception.Errno is Errno.NotSupported or Errno.NotPermitted)
            {
                // xattr(7): links and special files take no attributes of users.
            }
        }

        FileMetadata.SetTimes(parent, path.Name, entry.Modified);
    }
}
