using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>Every kept process, on the control thread: answers requests for them, and records their ends before it tells anybody.</summary>
internal sealed class ProcessTable
{
    private readonly KeeperServices _services;
    private readonly KeptEntries _entries;
    private readonly ExitReports _reports;
    private readonly ExitWatch _exits;
    private readonly ProcessMaker _maker;

    internal ProcessTable(KeeperServices services, StateStore store)
    {
        _services = services;
        _entries = new KeptEntries(store, services);
        _reports = new ExitReports(services, Report);
        _exits = new ExitWatch(services.Loop, services.Time, OnExited);
        _maker = new ProcessMaker(services, _entries, _exits, entry => Hold(entry, (id, held) => Holding?.Invoke(id, held)));
        TakeOver = new TakeOver(_entries, _exits, _reports, services);
    }

    /// <summary>A process has ended, its output is logged and its exit recorded.</summary>
    internal event Action<ProcessExit>? Exited;

    /// <summary>Clients are to hold these descriptors of a process, which stay the table's.</summary>
    internal event Action<string, IReadOnlyList<HeldFile>>? Holding;

    /// <summary>Clients are to let go of one of a process's descriptors, of all where it is null.</summary>
    internal event Action<string, HeldKind?>? Released;

    internal int Count => _entries.Count;

    /// <summary>No command runs and no exit waits to be told.</summary>
    internal bool IsQuiet => _maker.IsIdle && _reports.IsIdle;

    internal ExitWatch Exits => _exits;

    internal TakeOver TakeOver { get; }

    internal void StartReaping() => _exits.Start();

    internal void Create(CreateRequest request, Reply reply) => _maker.Create(request, reply);

    /// <summary>Takes over the request's descriptors, unless it throws.</summary>
    internal void Exec(ExecRequest request, Reply reply) => _maker.Exec(request, reply);

    internal void Cancel(Reply reply) => _maker.Cancel(reply);

    /// <summary>Ends what is in flight for a client that has left.</summary>
    internal void CancelAll(ClientConnection client) => _maker.CancelAll(client);

    /// <summary>Takes over the request's descriptors, unless it throws.</summary>
    internal void Attach(AttachRequest request, Reply reply)
    {
        KeptEntry entry = GetRunning(request.Id);
        ContainerIo io = entry.Io ?? throw CridException.FailedPrecondition($"'{request.Id}' can't be attached to");
        reply.SucceedWith(io.Attach(request));
    }

    internal void CloseStdin(string id, Reply reply)
    {
        if (!_entries.TryGet(id, out KeptEntry? entry))
        {
            throw CridException.NotFound($"'{id}' is not kept");
        }

        if (entry.IoSettings is { Stdin: true, StdinClosed: false } settings)
        {
            if (!settings.StdinOnce)
            {
                throw CridException.FailedPrecondition($"the standard input of '{id}' stays open");
            }

            // Recorded first, so that no later keeper opens it again.
            entry.IoSettings = settings with { StdinClosed = true };
            _entries.Write(entry);
            entry.Io?.CloseStdin();
            Released?.Invoke(id, HeldKind.Stdin);
        }

        reply.Succeed();
    }

    internal void ReopenLog(string id, Reply reply)
    {
        ContainerIo io = GetRunning(id).Io ?? throw CridException.FailedPrecondition($"'{id}' has no log");
        io.WhenOpen(() => RunJob(_services.Logs, reply, io.ReopenLog));
    }

    /// <summary>Drops an exited process; one that still runs is dropped as soon as it ends.</summary>
    internal void Forget(string id, Reply reply)
    {
        if (!_entries.TryGet(id, out KeptEntry? entry))
        {
            reply.Succeed();
        }
        else if (entry.Phase == KeptPhase.Exited)
        {
            RunJob(_services.Jobs, reply, _entries.Drop(entry));
        }
        else
        {
            entry.IsForgotten = true;
            _entries.Write(entry);
            reply.Succeed();
        }
    }

    internal void WriteList(MessageWriter writer)
    {
        List<KeptProcess> processes = [];
        foreach (KeptEntry entry in _entries.All)
        {
            if (entry.Phase != KeptPhase.Creating)
            {
                processes.Add(entry.ToKeptProcess());
            }
        }

        writer.WriteInt32(processes.Count);
        foreach (KeptProcess process in processes)
        {
            writer.Write(process);
        }
    }

    internal void ForEachReportedExit(Action<ProcessExit> action)
    {
        foreach (KeptEntry entry in _entries.All)
        {
            if (entry.Exit is not null && !_reports.IsPending(entry))
            {
                action(entry.Exit);
            }
        }
    }

    /// <summary>Gets back what the service manager has held; it is this method's.</summary>
    internal void TakeBack(IReadOnlyDictionary<string, List<HeldFile>> held)
    {
        foreach ((string id, List<HeldFile> files) in held)
        {
            TakeBack(id, files);
        }
    }

    /// <summary>
    /// Gets descriptors back that a client or the service manager has held, in any order; they are this method's. A process is the last to be looked
    /// at: it may have ended, and what its terminal still has belongs before that.
    /// </summary>
    internal void TakeBack(string id, IReadOnlyList<HeldFile> held)
    {
        bool isKept = _entries.TryGet(id, out KeptEntry? entry) && entry.Phase == KeptPhase.Running;
        foreach (HeldFile file in held.OrderBy(static file => file.Kind == HeldKind.Process))
        {
            if (isKept && file.Kind == HeldKind.Terminal && entry!.Io is { LacksTerminal: true } io)
            {
                io.AddTerminal(file.File);
                KeeperLog.TerminalReturned(_services.Logger, id);
            }
            else if (isKept && file.Kind == HeldKind.Process)
            {
                _exits.TakeBack(entry!, new ProcessHandle(entry!.Pid, file.File));
            }
            else
            {
                // FIFOs were opened by path; that somebody held them was enough.
                file.File.Dispose();
            }
        }

        if (!isKept)
        {
            Released?.Invoke(id, null);
        }
    }

    /// <summary>A client has returned all that it held.</summary>
    internal void OnReturned() => _exits.GiveUpUnknown();

    /// <summary>Calls with what a client is to hold of every running container.</summary>
    internal void ForEachHeld(Action<string, IReadOnlyList<HeldFile>> action)
    {
        foreach (KeptEntry entry in _entries.All)
        {
            if (entry.Phase == KeptPhase.Running)
            {
                Hold(entry, action);
            }
        }
    }

    /// <summary>A precaution for the death of this keeper, which must not keep anything else from being done.</summary>
    private void Hold(KeptEntry entry, Action<string, IReadOnlyList<HeldFile>> action)
    {
        // The caller of an exec watches it by itself.
        if (entry.Io is null)
        {
            return;
        }

        try
        {
            using ProcessHandle? process = entry.Foreign is null ? ProcessHandle.Open(entry.Pid, entry.StartTimeTicks) : null;
            using HeldFiles held = new();
            entry.Io.CollectHeld(held);
            held.Add(HeldKind.Process, (entry.Foreign ?? process)?.Pidfd);
            if (held.Files.Count > 0)
            {
                action(entry.Id, held.Files);
            }
        }
        catch (LinuxException e)
        {
            // Out of descriptors.
            KeeperLog.NotHeld(_services.Logger, e, entry.Id);
        }
    }

    private KeptEntry GetRunning(string id)
    {
        if (!_entries.TryGet(id, out KeptEntry? entry))
        {
            throw CridException.NotFound($"'{id}' is not kept");
        }

        return entry.Phase == KeptPhase.Running ? entry : throw CridException.FailedPrecondition($"'{id}' is not running");
    }

    private void OnExited(KeptEntry entry, int exitStatus, DateTimeOffset at)
    {
        KeeperLog.Exited(_services.Logger, entry.Id, entry.Pid, exitStatus);
        entry.Phase = KeptPhase.Exited;
        entry.Exit = new ProcessExit(entry.Id, entry.Pid, exitStatus, at);
        _entries.Write(entry);
        _reports.Add(entry);
    }

    private void Report(KeptEntry entry)
    {
        entry.Io?.Detach();
        Released?.Invoke(entry.Id, null);
        if (entry.IsForgotten)
        {
            _entries.DropInBackground(entry);
        }
        else
        {
            Exited?.Invoke(entry.Exit!);
        }
    }

    private void RunJob(LogWorkers workers, Reply reply, Action job) => workers.Enqueue(_ =>
    {
        try
        {
            job();
            _services.Loop.Post(() => reply.Succeed());
        }
        catch (Exception e)
        {
            _services.Loop.Post(() => reply.Fail(e));
        }
    });
}
