namespace Crid.Runtimes;

/// <summary>A created container's init process and what of its resolved spec status has to show.</summary>
/// <param name="CgroupPath">The cgroup as the OCI spec names it.</param>
public sealed record CreatedContainer(int Pid, ulong StartTimeTicks, ResolvedUser User, string CgroupPath);
