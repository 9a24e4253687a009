using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>
/// Learns of the ends of kept processes: of children by reaping them, of others by their pidfds. On the control thread.
/// </summary>
internal sealed class ExitWatch
{
    private readonly Dictionary<int, KeptEntry> _children = [];

    /// <summary>Children that ended before their pid was known to be a kept one's; of use only while a command runs.</summary>
    private readonly Dictionary<int, (int ExitStatus, DateTimeOffset At)> _unclaimed = [];

    private readonly ControlLoop _loop;
    private readonly TimeProvider _time;
    private readonly Action<KeptEntry, int, DateTimeOffset> _exited;
    private readonly Reaper _reaper;

    /// <param name="exited">Called with the exit status and the time of an end.</param>
    internal ExitWatch(ControlLoop loop, TimeProvider time, Action<KeptEntry, int, DateTimeOffset> exited)
    {
        _loop = loop;
        _time = time;
        _exited = exited;
        _reaper = new Reaper(loop, ReapAll);
    }

    /// <summary>Whose children are reaped here too.</summary>
    internal IReaped? Commands { get; set; }

    internal void Start() => _reaper.Start();

    /// <summary>There is a new child.</summary>
    internal void OnSpawned() => _reaper.Resume();

    /// <summary>How a child has ended that nobody had claimed when it did.</summary>
    internal bool TryTakeEnd(int pid, out (int ExitStatus, DateTimeOffset At) end) => _unclaimed.Remove(pid, out end);

    /// <summary>Waits for the end of an entry's process, which may have come already.</summary>
    internal void Watch(KeptEntry entry)
    {
        if (TryTakeEnd(entry.Pid, out (int ExitStatus, DateTimeOffset At) end))
        {
            _exited(entry, end.ExitStatus, end.At);
            return;
        }

        // What this keeper has not reaped yet has its pid for itself.
        ProcessStat? stat = ProcessStat.Find(entry.Pid);
        if (stat?.ParentPid == Environment.ProcessId && stat.Value.StartTimeTicks == entry.StartTimeTicks)
        {
            _children[entry.Pid] = entry;
        }
        else
        {
            WatchForeign(entry, stat is null ? null : ProcessHandle.Open(entry.Pid, entry.StartTimeTicks));
        }
    }

    private void WatchForeign(KeptEntry entry, ProcessHandle? process)
    {
        if (process is null)
        {
            _exited(entry, ProcessExit.Unknown, _time.GetUtcNow());
            return;
        }

        entry.Foreign = process;
        entry.ForeignToken = _loop.Watch(process.Pidfd, Readiness.Readable, _ => OnForeignExited(entry, process));
    }

    private void OnForeignExited(KeptEntry entry, ProcessHandle process)
    {
        int exitStatus = process.FindExitStatus() ?? ProcessExit.Unknown;
        _loop.Unwatch(process.Pidfd, entry.ForeignToken);
        process.Dispose();
        entry.Foreign = null;
        _exited(entry, exitStatus, _time.GetUtcNow());
    }

    private void ReapAll()
    {
        while (ChildProcesses.TryReapAny() is ProcessEnd end)
        {
            DateTimeOffset at = _time.GetUtcNow();
            if (_children.Remove(end.Pid, out KeptEntry? entry))
            {
                _exited(entry, end.ExitStatus, at);
            }
            else if (Commands is { IsIdle: false } commands && !commands.TryEnd(end))
            {
                _unclaimed[end.Pid] = (end.ExitStatus, at);
            }
        }

        if (Commands is null or { IsIdle: true })
        {
            _unclaimed.Clear();
        }

        _reaper.Resume();
    }
}
