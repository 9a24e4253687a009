namespace Crid.Linux;

/// <summary>
/// Reads what a cgroup uses, again and again, through files that stay open. Open files do not keep a cgroup: once it is removed there is
/// nothing to read any more.
/// </summary>
public abstract class CgroupMeter : IDisposable
{
    /// <summary>memory.stat, the longest of the files, has some 60 lines.</summary>
    private const int BufferBytes = 8 << 10;

    private readonly List<CgroupFile> _files = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    private protected CgroupMeter()
    {
    }

    /// <summary>Opens the files of a cgroup; null where there is no such cgroup.</summary>
    /// <param name="path">Below the mounts of the trees.</param>
    public static CgroupMeter? Open(CgroupLayout layout, string path)
    {
        ArgumentNullException.ThrowIfNull(layout);
        CgroupMeter meter = layout.Mode == CgroupMode.Unified ? new UnifiedCgroupMeter(layout, path) : new LegacyCgroupMeter(layout, path);
        if (meter._files.Count > 0)
        {
            return meter;
        }

        meter.Dispose();
        return null;
    }

    /// <summary>What it uses now; null where the cgroup is gone or the meter disposed.</summary>
    public CgroupReading? Read()
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        lock (_lock)
        {
            return _isDisposed ? null : Read(buffer);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _isDisposed = true;
            _files.ForEach(static file => file.Dispose());
        }
    }

    /// <summary>Reads all files into one buffer, one after the other.</summary>
    private protected abstract CgroupReading? Read(Span<byte> buffer);

    private protected CgroupFile? Find(CgroupHierarchy? hierarchy, string path, string name)
    {
        CgroupFile? file = hierarchy is null ? null : CgroupFile.Find($"{CgroupTree.DirectoryOf(hierarchy, path)}/{name}");
        if (file is not null)
        {
            _files.Add(file);
        }

        return file;
    }
}
