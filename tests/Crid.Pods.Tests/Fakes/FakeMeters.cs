using System.Collections.Concurrent;
using Crid.Core;
using Crid.Linux;

namespace Crid.Pods.Tests;

/// <summary>Counters that tests set; every cgroup exists until a test takes it away.</summary>
internal sealed class FakeMeters : IMeters
{
    private int _open;

    /// <summary>What every cgroup has used.</summary>
    public ulong Cpu { get; set; } = 1_000_000_000;

    public ConcurrentDictionary<string, bool> Gone { get; } = [];

    public ConcurrentDictionary<string, bool> Unreadable { get; } = [];

    /// <summary>What reading the details of a cgroup throws.</summary>
    public ConcurrentDictionary<string, Exception> DetailFailures { get; } = [];

    public ConcurrentBag<string> Opened { get; } = [];

    public IReadOnlyList<InterfaceCounters> Interfaces { get; set; } = [];

    /// <summary>What walks find; null where they do not come to an end.</summary>
    public DirectoryUsage? Layer { get; set; } = new DirectoryUsage(4096, 1);

    public int Walks { get; private set; }

    public int Open => _open;

    public bool IsDisposed { get; private set; }

    public ICgroupMeter? OpenContainer(string cgroupPath) => OpenPod(cgroupPath);

    public ICgroupMeter? OpenPod(string cgroupParent)
    {
        if (Gone.ContainsKey(cgroupParent))
        {
            return null;
        }

        Opened.Add(cgroupParent);
        Interlocked.Increment(ref _open);
        return new Meter(this, cgroupParent);
    }

    public string PodDirectory(string cgroupParent) => cgroupParent;

    public ContainerDetails ReadDetails(string cgroupPath, int pid) => DetailFailures.TryGetValue(cgroupPath, out Exception? failure)
        ? throw failure
        : new ContainerDetails(cgroupPath, new CgroupDetails { UserNanoseconds = 7 }, new ProcessResources(1, 2, 3), OpenFilesLimit: (ulong)pid);

    public StorageStatus ReadStorage() => new("/dev/fake", new FileSystemStatus(1000, 500, 400, 100, 50));

    public IReadOnlyList<InterfaceCounters> ReadInterfaces(SandboxId id) => Interfaces;

    public DirectoryUsage? MeasureWritableLayer(ContainerId id, Func<bool> isOver)
    {
        Walks++;
        return Layer;
    }

    public void Dispose() => IsDisposed = true;

    private sealed class Meter(FakeMeters meters, string path) : ICgroupMeter
    {
        public CgroupReading? Read()
        {
            if (meters.Unreadable.ContainsKey(path))
            {
                throw new LinuxException("pread", path, Errno.NotPermitted);
            }

            return meters.Gone.ContainsKey(path) ? null : new CgroupReading { CpuNanoseconds = meters.Cpu, Tasks = 2 };
        }

        public void Dispose() => Interlocked.Decrement(ref meters._open);
    }
}
