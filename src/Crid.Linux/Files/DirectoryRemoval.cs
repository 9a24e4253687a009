using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// Removes a tree of any depth, which whoever filled it may have chosen with ill will: it needs two descriptors and no stack, going down by name
/// and up by <c>..</c>, and it never enters a mount.
/// </summary>
internal sealed class DirectoryRemoval : IDisposable
{
    private const int Busy = 16;

    private readonly Stack<Level> _levels = new();
    private SafeFileHandle _current;

    private DirectoryRemoval(SafeFileHandle current) => _current = current;

    /// <summary>Removes a directory.</summary>
    /// <exception cref="LinuxException">EBUSY: something is mounted in it. Others as the file system has them.</exception>
    public static void Remove(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        SafeFileHandle? start = FileAt.FindDirectoryBelow(parent, name);
        if (start is null)
        {
            ThrowIfDirectory(parent, name);
            return;
        }

        using (DirectoryRemoval removal = new(start))
        {
            removal.Clear();
        }

        FileAt.TryRemoveDirectory(parent, name);
    }

    public void Dispose() => _current.Dispose();

    private void Clear()
    {
        _levels.Push(new Level([], ParentInode: 0, Entries()));
        while (_levels.TryPeek(out Level? level))
        {
            if (level.Entries.TryDequeue(out DirectoryEntry entry))
            {
                RemoveOrEnter(entry);
            }
            else
            {
                Leave();
            }
        }
    }

    private void RemoveOrEnter(DirectoryEntry entry)
    {
        bool directory = entry.Kind == FileKind.Directory
            || (entry.Kind == FileKind.Unknown && FileMetadata.FindStatus(_current, entry.Name)?.Kind == FileKind.Directory);
        if (!directory)
        {
            FileAt.TryRemoveFile(_current, entry.Name);
            return;
        }

        SafeFileHandle? child = FileAt.FindDirectoryBelow(_current, entry.Name);
        if (child is null)
        {
            ThrowIfDirectory(_current, entry.Name);
            return;
        }

        ulong inode = FileMetadata.GetStatus(_current).Inode;
        _current.Dispose();
        _current = child;
        _levels.Push(new Level(entry.Name, inode, Entries()));
    }

    private void Leave()
    {
        Level done = _levels.Pop();
        if (_levels.Count == 0)
        {
            return;
        }

        SafeFileHandle parent = FileAt.OpenDirectory(_current, ".."u8);
        _current.Dispose();
        _current = parent;
        if (FileMetadata.GetStatus(parent).Inode != done.ParentInode)
        {
            throw new LinuxException("openat", "..", Busy);
        }

        FileAt.TryRemoveDirectory(_current, done.Name);
    }

    private Queue<DirectoryEntry> Entries() => new(DirectoryTree.ReadEntries(_current));

    // Not entered although it is a directory: it is a mountpoint.
    private static void ThrowIfDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (FileMetadata.FindStatus(parent, name)?.Kind == FileKind.Directory)
        {
            throw FileAt.Failure("openat2", name, Busy);
        }
    }

    private sealed record Level(byte[] Name, ulong ParentInode, Queue<DirectoryEntry> Entries);
}
