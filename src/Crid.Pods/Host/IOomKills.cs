namespace Crid.Pods;

/// <summary>Tells whether the kernel ran out of memory in a cgroup.</summary>
public interface IOomKills
{
    /// <summary>Whether a process of the cgroup was killed for want of memory; false where the cgroup is gone.</summary>
    /// <param name="cgroupPath">The cgroup as the OCI spec names it.</param>
    bool HasKilled(string cgroupPath);
}
