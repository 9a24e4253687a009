namespace Crid.Linux;

/// <summary>Measures a tree that somebody else may be changing, in the way of <see cref="DirectoryWalk"/>.</summary>
public sealed class DirectoryMeasure
{
    private readonly HashSet<ulong> _seen = [];
    private ulong _bytes;
    private ulong _inodes;

    private DirectoryMeasure()
    {
    }

    /// <summary>Walks the tree; null where it does not exist or <paramref name="isOver"/>, which is asked again and again, ended the walk.</summary>
    /// <exception cref="LinuxException">The file system failed.</exception>
    public static DirectoryUsage? Measure(string path, Func<bool> isOver)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(isOver);
        DirectoryMeasure measure = new();
        return DirectoryWalk.Run(path, (_, _, status) => measure.Count(status), isOver) && measure.CountRoot(path)
            ? new DirectoryUsage(measure._bytes, measure._inodes)
            : null;
    }

    private bool CountRoot(string path)
    {
        FileStatus? root = FileMetadata.FindStatus(path);
        Count(root.GetValueOrDefault());
        return root is not null;
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
}
