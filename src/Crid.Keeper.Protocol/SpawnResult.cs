using Crid.Linux;

namespace Crid.Keeper.Protocol;

/// <summary>How the OCI runtime's command ended and which process it left.</summary>
/// <param name="RuntimeExitStatus">Exit status of the command; 128 + signal where a signal ended it.</param>
/// <param name="Pid">The process that is kept now; 0 where the command failed.</param>
/// <param name="StartTimeTicks">Field 22 of /proc/PID/stat, which with the pid names the process beyond pid reuse.</param>
public sealed record SpawnResult(int RuntimeExitStatus, int Pid, ulong StartTimeTicks)
{
    /// <summary>
    /// The process of an exec, the receiver's to dispose: it tells the exit status even if the process has ended and its keeper has died
    /// by the time that this arrives. Null for containers, where it could not be opened, and from keepers that do not send it.
    /// </summary>
    public ProcessHandle? Process { get; init; }
}
