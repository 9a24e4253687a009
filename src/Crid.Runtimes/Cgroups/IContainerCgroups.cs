namespace Crid.Runtimes;

/// <summary>The cgroups of containers, by the path that <see cref="CreatedContainer.CgroupPath"/> names them with.</summary>
public interface IContainerCgroups
{
    /// <summary>
    /// Whether the kernel has killed a process of the container for want of memory. To be asked when the exit is known: where the cgroup
    /// is gone, the answer is in the kernel's log, which goes back only so far.
    /// </summary>
    bool WasOomKilled(string cgroupPath);

    /// <summary>Memory in use that the kernel can't easily take back, in bytes; null where there is no such cgroup or no counter.</summary>
    ulong? FindWorkingSet(string cgroupPath);

    bool Exists(string cgroupPath);

    /// <summary>The pids of all processes in the cgroup and below it.</summary>
    IReadOnlyCollection<int> Processes(string cgroupPath);

    /// <summary>Kills what is left in the cgroup, such as processes of a container whose PID namespace is not its own.</summary>
    void KillAll(string cgroupPath);

    /// <summary>
    /// Lets a cgroup run that an operator, or an OCI runtime that was killed, has left frozen: on cgroup v1 SIGKILL waits for that. Accepts that
    /// it is not frozen or does not exist.
    /// </summary>
    void Thaw(string cgroupPath);

    /// <summary>Removes an empty cgroup; accepts that it does not exist.</summary>
    /// <returns>False where it still has processes or children.</returns>
    bool Remove(string cgroupPath);

    /// <summary>The path of the cgroup below the mount of each controller, for reading its files.</summary>
    string DirectoryOf(string cgroupPath);
}
