using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>The cgroups of containers in the trees of this machine.</summary>
public sealed class ContainerCgroups(CgroupTree tree) : IContainerCgroups
{
    public bool WasOomKilled(string cgroupPath) => tree.OomKills(DirectoryOf(cgroupPath)) > 0;

    public IReadOnlyCollection<int> Processes(string cgroupPath) => tree.Processes(DirectoryOf(cgroupPath));

    public void KillAll(string cgroupPath) => tree.KillAll(DirectoryOf(cgroupPath));

    public string DirectoryOf(string cgroupPath) => CgroupPath.ToDirectory(cgroupPath);
}
