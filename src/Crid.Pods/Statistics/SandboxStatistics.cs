using Crid.Linux;

namespace Crid.Pods;

/// <summary>What a ready sandbox uses: the cgroup of its pod with all in it, its network, and its containers one by one.</summary>
/// <param name="Sample">Of the pod's cgroup; the sum of its containers where it has none of its own.</param>
/// <param name="Interfaces">All but the loopback; empty on the node's network.</param>
public sealed record SandboxStatistics(
    Sandbox Sandbox,
    CgroupSample Sample,
    IReadOnlyList<InterfaceCounters> Interfaces,
    IReadOnlyList<ContainerStatistics> Containers)
{
    private const string DefaultName = "eth0";

    public ulong Processes { get; init; }

    /// <summary>The interface that CNI plugins make first; null where there is none at all.</summary>
    public InterfaceCounters? DefaultInterface =>
        Interfaces.FirstOrDefault(static counters => counters.Name == DefaultName) ?? (Interfaces.Count > 0 ? Interfaces[0] : null);
}
