namespace Crid.Pods;

/// <summary>What the kernel knows of processes.</summary>
public interface IProcesses
{
    /// <summary>Opens a process; null where it has ended, also where its pid belongs to another one now.</summary>
    /// <param name="startTimeTicks">Field 22 of /proc/PID/stat.</param>
    IProcess? Open(int pid, ulong startTimeTicks);

    /// <summary>Kills a process with all that descends from it; accepts processes that have ended.</summary>
    void KillTree(int pid, ulong startTimeTicks);
}
