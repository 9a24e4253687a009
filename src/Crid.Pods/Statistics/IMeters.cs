using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>What this machine tells of the use of its resources.</summary>
public interface IMeters : IDisposable
{
    /// <summary>Opens the counters of a container's cgroup; null where it is gone.</summary>
    /// <param name="cgroupPath">As in <see cref="ContainerStatus.CgroupPath"/>.</param>
    ICgroupMeter? OpenContainer(string cgroupPath);

    /// <summary>Opens the counters of a pod's cgroup; null where there is none.</summary>
    /// <param name="cgroupParent">As in the sandbox's spec, not empty.</param>
    ICgroupMeter? OpenPod(string cgroupParent);

    /// <summary>Where a pod's cgroup is, below the mounts of the trees.</summary>
    string PodDirectory(string cgroupParent);

    /// <summary>Reads what is not needed often.</summary>
    /// <param name="pid">The first process of the container.</param>
    ContainerDetails ReadDetails(string cgroupPath, int pid);

    /// <summary>The file system that writable layers are on.</summary>
    StorageStatus ReadStorage();

    /// <summary>The interfaces in a sandbox's own network except the loopback; empty where it has none.</summary>
    IReadOnlyList<InterfaceCounters> ReadInterfaces(SandboxId id);

    /// <summary>Measures what a container has written; null where that does not exist or <paramref name="isOver"/> ended the walk.</summary>
    DirectoryUsage? MeasureWritableLayer(ContainerId id, Func<bool> isOver);
}
