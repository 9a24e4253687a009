using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>
/// Learns of the ends of kept processes: of children by reaping them, of others by their pidfds. One that ended while no keeper ran may be
/// known by a pidfd that the client has held, so its end is told only when the client has returned what it holds. On the control thread.
/// </summary>
internal sealed class ExitWatch
{
    private readonly Dictionary<int, KeptEntry> _children = [];

    /// <summary>Children that ended before their pid was known to be a kept one's; of use only while a command runs.</summary>
    private readonly Dictionary<int, (int ExitStatus, DateTimeOffset At)> _unclaimed = [];

    /// <summary>Children of the keeper's own and who asks for their exit status.</summary>
    private readonly Dictionary<int, Action<int>> _claims = [];

    /// <summary>Processes that were gone when they were to be watched.</summary>
    private readonly Dictionary<string, (KeptEntry Entry, DateTimeOffset At)> _unknown = [];

    private readonly ControlLoop _loop;
    private readonly TimeProvider _time;
    private readonly Action<KeptEntry, int, DateTimeOffset> _exited;
    private readonly Reaper _reaper;
    private int _expected;

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

    /// <summary>A child will be started that is to be claimed: its end is kept until then.</summary>
    internal void Expect() => _expected++;

    /// <summary>Takes back what <see cref="Expect"/> said: nothing was started.</summary>
    internal void ExpectNoLonger() => _expected--;

    /// <summary>Calls with the exit status of an expected child, which may have ended already.</summary>
    internal void Claim(int pid, Action<int> ended)
    {
        _expected--;
        if (TryTakeEnd(pid, out (int ExitStatus, DateTimeOffset At) end))
        {
            ended(end.ExitStatus);
        }
        else
        {
            _claims[pid] = ended;
            OnSpawned();
        }
    }

    /// <summary>How a child has ended that nobody had claimed when it did.</summary>
    internal bool TryTakeEnd(int pid, out (int ExitStatus, DateTimeOffset At) end) => _unclaimed.Remove(pid, out end);

    /// <summary>Whether <see cref="TryTakeEnd"/> knows of a child with this pid.</summary>
    internal bool HasEnd(int pid) => _unclaimed.ContainsKey(pid);

    /// <summary>There is a process that has this pid now: an end that is known of it was another's.</summary>
    internal void ForgetEnd(int pid) => _unclaimed.Remove(pid);

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

    /// <summary>The same with a pidfd that an earlier keeper had.</summary>
    internal void Watch(KeptEntry entry, ProcessHandle? process)
    {
        if (process is null)
        {
            Watch(entry);
        }
        else
        {
            WatchForeign(entry, process);
        }
    }

    /// <summary>Gets a pidfd back that the client has held, and closes it.</summary>
    internal void TakeBack(KeptEntry entry, ProcessHandle process)
    {
        using (process)
        {
            if (_unknown.Remove(entry.Id, out (KeptEntry Entry, DateTimeOffset At) end))
            {
                _exited(entry, process.FindExitStatus() ?? ProcessExit.Unknown, end.At);
            }
        }
    }

    /// <summary>Nobody will return any more pidfds: what is not known by now never will be.</summary>
    internal void GiveUpUnknown()
    {
        (KeptEntry Entry, DateTimeOffset At)[] ends = [.. _unknown.Values];
        _unknown.Clear();
        foreach ((KeptEntry entry, DateTimeOffset at) in ends)
        {
            _exited(entry, ProcessExit.Unknown, at);
        }
    }

    private void WatchForeign(KeptEntry entry, ProcessHandle? process)
    {
        if (process is null)
        {
            _unknown[entry.Id] = (entry, _time.GetUtcNow());
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
            else if (_claims.Remove(end.Pid, out Action<int>? ended))
            {
                ended(end.ExitStatus);
            }
            else if (!IsIdle && Commands?.TryEnd(end) != true)
            {
                _unclaimed[end.Pid] = (end.ExitStatus, at);
            }
        }

        if (IsIdle)
        {
            _unclaimed.Clear();
        }

        _reaper.Resume();
    }

    private bool IsIdle => _expected == 0 && Commands is not { IsIdle: false };
}
