namespace Crid.Pods;

/// <summary>All that is measured of a ready sandbox and of its running containers.</summary>
/// <param name="CgroupDirectory">Of the pod's cgroup; empty where it has none of its own.</param>
/// <param name="Storage">The file system that writable layers are on.</param>
public sealed record SandboxMetrics(
    SandboxStatistics Statistics, string CgroupDirectory, StorageStatus Storage, IReadOnlyList<ContainerMetrics> Containers);
