using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>
/// Goes on with what an earlier keeper kept: from its state files where it has ended, or from what it has handed over within this process.
/// Logs are opened beside: their disks may hang, and everybody else's containers would wait for that.
/// </summary>
internal sealed class TakeOver(KeptEntries entries, ExitWatch exits, ExitReports reports, KeeperServices services)
{
    /// <summary>From state files; what the keeper had open is opened again by path, or comes back from its client.</summary>
    internal void FromFiles()
    {
        IReadOnlyList<KeptEntry> loaded = entries.Load();
        Dictionary<string, List<string>> spools = services.Spools.FindLeft();
        foreach (KeptEntry entry in loaded)
        {
            spools.Remove(entry.Id, out List<string>? left);
            GoOn(entry, left ?? []);
        }

        SpoolDirectory.Remove(spools.Values.SelectMany(static paths => paths));
    }

    private void GoOn(KeptEntry entry, List<string> spools)
    {
        if (entry.Phase == KeptPhase.Exited && entry.IsForgotten)
        {
            SpoolDirectory.Remove(spools);
            entries.Drop(entry)();
        }
        else if (entry.Phase == KeptPhase.Exited)
        {
            ResumeIo(entry, io => io.ResumeAfterEnd(spools));
            reports.Add(entry);
        }
        else if (entry.Phase == KeptPhase.Running || FinishInterruptedCommand(entry))
        {
            ResumeIo(entry, io => io.Resume(spools));
            exits.Watch(entry);
        }
        else
        {
            SpoolDirectory.Remove(spools);
        }
    }

    /// <summary>From what <see cref="HandOver"/> wrote.</summary>
    internal void FromHandover(ref MessageReader reader)
    {
        services.Spools.Clear();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            KeptEntry entry = StateStore.Read(Handover.ReadBytes(ref reader));
            entries.TakeOver(entry);
            ProcessHandle? process = Handover.TakeFile(ref reader) is { } pidfd ? new ProcessHandle(entry.Pid, pidfd) : null;
            if (reader.ReadBoolean())
            {
                entry.Io = new ContainerIo(entry.Id, entry.IoSettings!, services);
                entry.Io.TakeOver(ref reader);
            }

            if (entry.Phase == KeptPhase.Running)
            {
                exits.Watch(entry, process);
            }
        }
    }

    /// <summary>Writes all entries for a later keeper in this process; none of them is <see cref="KeptPhase.Creating"/>.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        writer.Values.WriteInt32(entries.Count);
        foreach (KeptEntry entry in entries.All)
        {
            writer.WriteBytes(StateStore.ToBytes(entry));
            writer.WriteFile(entry.Foreign?.Pidfd);
            writer.Values.WriteBoolean(entry.Io is not null);
            entry.Io?.HandOver(writer);
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

        if (PidFile.TryRead(entry.PidFile) is int pid && ProcessStat.Find(pid) is ProcessStat stat && IsOfCommand(entry, pid, stat))
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

    /// <summary>Another process has the pid by chance. Where the command had ended its process is known, else it is younger than the command.</summary>
    private static bool IsOfCommand(KeptEntry entry, int pid, ProcessStat stat) => entry.Pid != 0
        ? (pid, stat.StartTimeTicks) == (entry.Pid, entry.StartTimeTicks)
        : stat.StartTimeTicks >= entry.CommandStartTimeTicks;

    private void ResumeIo(KeptEntry entry, Action<ContainerIo> resume)
    {
        if (entry.IoSettings is null)
        {
            return;
        }

        entry.Io = new ContainerIo(entry.Id, entry.IoSettings, services);
        try
        {
            resume(entry.Io);
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            KeeperLog.TakeOverOfOutputFailed(services.Logger, e, entry.Id);
        }
    }
}
