using Crid.Linux;

namespace Crid.Pods;

/// <summary>What is known of a running container besides its statistics, for those who scrape metrics.</summary>
/// <param name="CgroupDirectory">Below the mounts of the cgroup trees.</param>
/// <param name="OpenFilesLimit">The soft limit of its first process; null where it has none.</param>
public sealed record ContainerDetails(string CgroupDirectory, CgroupDetails Cgroup, ProcessResources Processes, ulong? OpenFilesLimit);
