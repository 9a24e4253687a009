namespace Crid.Runtimes;

/// <summary>What building a spec has to know of the host; read once when the daemon starts.</summary>
public sealed record HostFacts
{
    /// <summary>The capabilities that the daemon can pass on, its bounding set, in the order of their numbers.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>The machine is on cgroup v2 alone.</summary>
    public required bool UnifiedCgroups { get; init; }

    /// <summary>Memory and swap can be limited together.</summary>
    public required bool SwapController { get; init; }

    public required bool HugepageController { get; init; }

    public required CpuArchitecture Architecture { get; init; }

    public required Version Kernel { get; init; }

    /// <summary>The daemon's own adjustment, which nothing it starts may go below without CAP_SYS_RESOURCE.</summary>
    public required int OomScoreAdj { get; init; }

    public required bool Seccomp { get; init; }

    public required bool AppArmor { get; init; }

    public required bool Selinux { get; init; }

    /// <summary>The kernel makes user namespaces.</summary>
    public required bool UserNamespaces { get; init; }
}
