using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// Measures a tree that somebody else may be changing, with ill will even: no link and no mount leads out of it, no depth exhausts the stack
/// or the descriptors, and what disappears meanwhile is left out.
/// </summary>
public sealed class DirectoryMeasure
{
    // Directories are opened by their path below a base; a path that becomes this long is made the next base (PATH_MAX is 4096).
    private const int MaxPathBytes = 3 << 10;
    private const int MaxBases = 512;

    private readonly Func<bool> _isOver;
    private readonly Stack<Pending> _pending = new();
    private readonly List<SafeFileHandle> _bases = [];
    private readonly HashSet<ulong> _seen = [];
    private readonly byte[] _buffer = DirectoryTree.NewBuffer();
    private readonly List<DirectoryEntry> _entries = [];
    private ulong _bytes;
    private ulong _inodes;

    private DirectoryMeasure(Func<bool> isOver) => _isOver = isOver;

    /// <summary>Walks the tree; null where it does not exist or <paramref name="isOver"/>, which is asked again and again, ended the walk.</summary>
    /// <exception cref="LinuxException">The file system failed.</exception>
    public static DirectoryUsage? Measure(string path, Func<bool> isOver)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(isOver);
        DirectoryMeasure measure = new(isOver);
        try
        {
            return measure.Walk(path) ? new DirectoryUsage(measure._bytes, measure._inodes) : null;
        }
        finally
        {
            measure._bases.ForEach(static handle => handle.Dispose());
        }
    }

    private bool Walk(string path)
    {
        SafeFileHandle root;
        try
        {
            root = FileAt.OpenDirectory(path);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.NoEntry)
        {
            return false;
        }

        _bases.Add(root);
        Count(FileMetadata.GetStatus(root));
        _pending.Push(new Pending(root, []));
        while (_pending.TryPop(out Pending next))
        {
            if (FileAt.FindDirectoryBelow(next.Base, next.Path) is not { } directory)
            {
                continue;
            }

            bool isBase = next.Path.Length > MaxPathBytes && _bases.Count < MaxBases;
            if (isBase)
            {
                _bases.Add(directory);
            }

            try
            {
                if (!TryAddEntries(directory, isBase ? new Pending(directory, []) : next))
                {
                    return false;
                }
            }
            finally
            {
                if (!isBase)
                {
                    directory.Dispose();
                }
            }
        }

        return true;
    }

    private bool TryAddEntries(SafeFileHandle directory, Pending place)
    {
        bool hasMore = true;
        while (hasMore)
        {
            if (_isOver())
            {
                return false;
            }

            _entries.Clear();
            hasMore = DirectoryTree.TryReadBlock(directory, _buffer, _entries);
            foreach (DirectoryEntry entry in _entries)
            {
                if (FileMetadata.FindStatus(directory, entry.Name) is FileStatus status)
                {
                    Add(entry.Name, status, place);
                }
            }
        }

        return true;
    }

    private void Add(byte[] name, in FileStatus status, Pending place)
    {
        Count(status);
        if (status.Kind == FileKind.Directory)
        {
            byte[] path = place.Path.Length == 0 ? name : [.. place.Path, (byte)'/', .. name];
            _pending.Push(new Pending(place.Base, path));
        }
    }

    private void Count(in FileStatus status)
    {
        if (status.Kind != FileKind.Directory && status.Links > 1 && !_seen.Add(status.Inode))
        {
            return;
        }

        _bytes += status.AllocatedBytes;
        _inodes++;
    }

    private readonly record struct Pending(SafeFileHandle Base, byte[] Path);
}
