namespace Crid.Linux;

/// <summary>How a machine uses cgroups: cgroups(7).</summary>
public enum CgroupMode
{
    /// <summary>Cgroup v1 alone.</summary>
    Legacy,

    /// <summary>Controllers on cgroup v1, and a tree of v2 without controllers beside them.</summary>
    Hybrid,

    /// <summary>Cgroup v2 alone, at /sys/fs/cgroup.</summary>
    Unified,
}
