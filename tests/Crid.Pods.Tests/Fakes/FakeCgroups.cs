using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>The cgroups of the fake machine.</summary>
internal sealed class FakeCgroups(Incarnation life) : IContainerCgroups
{
    /// <summary>The cgroups in which everything was killed.</summary>
    public List<string> Killed { get; } = [];

    /// <summary>The cgroups that were removed.</summary>
    public HashSet<string> Removed { get; } = [];

    /// <summary>The frozen cgroups, with the process of each.</summary>
    public Dictionary<string, FakeProcess> Frozen { get; } = [];

    /// <summary>The files of cgroups can't be read.</summary>
    public bool IsUnreadable { get; set; }

    /// <summary>What every container has in use.</summary>
    public ulong? WorkingSet { get; set; }

    public ulong? FindWorkingSet(string cgroupPath) => WorkingSet;

    public bool WasOomKilled(string cgroupPath) => IsUnreadable ? throw new IOException("unreadable") : life.Look(() => life.Machine.OutOfMemory.Contains(cgroupPath));

    public bool Exists(string cgroupPath) => life.Look(() => life.Machine.Cgroups.Contains(cgroupPath));

    public IReadOnlyCollection<int> Processes(string cgroupPath) => [];

    public void KillAll(string cgroupPath) => life.Look(() =>
    {
        Killed.Add(cgroupPath);
        return true;
    });

    public void Thaw(string cgroupPath)
    {
        if (Frozen.Remove(cgroupPath, out FakeProcess? process))
        {
            process.IsFrozen = false;
            process.Signals.ForEach(process.Act);
        }
    }

    public bool Remove(string cgroupPath) => life.Look(() => life.Machine.Cgroups.Remove(cgroupPath) | Removed.Add(cgroupPath));

    public string DirectoryOf(string cgroupPath) => cgroupPath;
}
