using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// Visits what is in a tree that somebody else may be changing, with ill will even: no link and no mount leads out of it, no depth exhausts the
/// stack or the descriptors, and what disappears meanwhile is left out.
/// </summary>
internal sealed class DirectoryWalk
{
    // Directories are opened by their path below a base; a path that becomes this long is made the next base (PATH_MAX is 4096).
    private const int MaxPathBytes = 3 << 10;
    private const int MaxBases = 512;

    private readonly Action<SafeFileHandle, byte[], FileStatus> _visit;
    private readonly Func<bool> _isOver;
    private readonly Stack<Pending> _pending = new();
    private readonly List<SafeFileHandle> _bases = [];
    private readonly byte[] _buffer = DirectoryTree.NewBuffer();
    private readonly List<DirectoryEntry> _entries = [];

    private DirectoryWalk(Action<SafeFileHandle, byte[], FileStatus> visit, Func<bool> isOver)
    {
        _visit = visit;
        _isOver = isOver;
    }

    /// <summary>Walks the tree; false where it does not exist or <paramref name="isOver"/>, which is asked again and again, ended the walk.</summary>
    /// <param name="visit">Called for each entry with its directory, its name and its status; not for the root of the tree.</param>
    /// <exception cref="LinuxException">The file system failed.</exception>
    public static bool Run(string path, Action<SafeFileHandle, byte[], FileStatus> visit, Func<bool> isOver)
    {
        DirectoryWalk walk = new(visit, isOver);
        try
        {
            return walk.Run(path);
        }
        finally
        {
            walk._bases.ForEach(static handle => handle.Dispose());
        }
    }

    private bool Run(string path)
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
                if (!TryVisitEntries(directory, isBase ? new Pending(directory, []) : next))
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

    private bool TryVisitEntries(SafeFileHandle directory, Pending place)
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
                    Visit(directory, entry.Name, status, place);
                }
            }
        }

        return true;
    }

    private void Visit(SafeFileHandle directory, byte[] name, in FileStatus status, Pending place)
    {
        _visit(directory, name, status);
        if (status.Kind == FileKind.Directory)
        {
            byte[] path = place.Path.Length == 0 ? name : [.. place.Path, (byte)'/', .. name];
            _pending.Push(new Pending(place.Base, path));
        }
    }

    private readonly record struct Pending(SafeFileHandle Base, byte[] Path);
}
