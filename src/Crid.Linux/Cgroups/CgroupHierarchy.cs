namespace Crid.Linux;

/// <summary>One mounted cgroup tree.</summary>
/// <param name="Controllers">Of cgroup v1, for example <c>memory</c> or <c>name=systemd</c>; empty for the unified tree.</param>
public sealed record CgroupHierarchy(string Mountpoint, IReadOnlyList<string> Controllers)
{
    /// <summary>The tree of cgroup v2.</summary>
    public bool IsUnified => Controllers.Count == 0;
}
