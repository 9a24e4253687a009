using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>
/// Goes on with what an earlier keeper kept, from its state files. Before anybody is served, so waiting for a disk does no harm here.
/// </summary>
internal sealed class TakeOver(
    KeptEntries entries, ExitWatch exits, ControlLoop loop, LogWorkers workers, TimeProvider time, ILogger logger)
{
    internal void Run()
    {
        foreach (KeptEntry entry in entries.Load())
        {
            if (entry.Phase == KeptPhase.Exited && entry.IsForgotten)
            {
                entries.Drop(entry)();
                continue;
            }

            if (entry.Phase == KeptPhase.Creating && !FinishInterruptedCommand(entry))
            {
                continue;
            }

            ResumeIo(entry);
            if (entry.Phase == KeptPhase.Running)
            {
                exits.Watch(entry);
            }
        }
    }

    /// <summary>
    /// The request of an interrupted command has failed with its keeper, so the command must not go on: what it had completed is kept
    /// for the client to see, the rest dropped. True where there is a process.
    /// </summary>
    private bool FinishInterruptedCommand(KeptEntry entry)
    {
        // 0 where the keeper died before it knew the pid.
        if (entry.CommandPid != 0)
        {
            ProcessTree.Kill(entry.CommandPid, entry.CommandStartTimeTicks);
        }

        if (PidFile.TryRead(entry.PidFile) is int pid && ProcessStat.Find(pid) is ProcessStat stat)
        {
            entry.Pid = pid;
            entry.StartTimeTicks = stat.StartTimeTicks;
            entry.Phase = KeptPhase.Running;
            entries.Write(entry);
            return true;
        }

        entries.Drop(entry)();
        return false;
    }

    private void ResumeIo(KeptEntry entry)
    {
        if (entry.IoSettings is null || entry.Phase == KeptPhase.Exited)
        {
            return;
        }

        entry.Io = new ContainerIo(entry.Id, entry.IoSettings, loop, workers, time, logger);
        try
        {
            entry.Io.Resume();
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            KeeperLog.TakeOverOfOutputFailed(logger, e, entry.Id);
        }
    }
}
