using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>The cgroups of containers in the trees of this machine.</summary>
public sealed class ContainerCgroups(CgroupTree tree) : IContainerCgroups
{
    public bool WasOomKilled(string cgroupPath)
    {
        // systemd removes a scope when its last process ends, with the counters: often before there is time to read them.
        string directory = DirectoryOf(cgroupPath);
        return tree.OomKills(directory) > 0 || (!tree.Exists(directory) && OutOfMemoryLog.HasVictimIn(Path.GetFileName(directory)));
    }

    public ulong? FindWorkingSet(string cgroupPath)
    {
        using CgroupMeter? meter = CgroupMeter.Open(tree.Layout, DirectoryOf(cgroupPath));
        return meter?.Read()?.Memory?.WorkingSet;
    }

    public bool Exists(string cgroupPath) => tree.Exists(DirectoryOf(cgroupPath));

    public IReadOnlyCollection<int> Processes(string cgroupPath) => tree.Processes(DirectoryOf(cgroupPath));

    public void KillAll(string cgroupPath) => tree.KillAll(DirectoryOf(cgroupPath));

    public void Thaw(string cgroupPath) => tree.Thaw(DirectoryOf(cgroupPath));

    public bool Remove(string cgroupPath) => tree.Remove(DirectoryOf(cgroupPath));

    public string DirectoryOf(string cgroupPath) => CgroupPath.ToDirectory(cgroupPath);
}
