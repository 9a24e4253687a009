using Crid.Core;
using Crid.Keeper.Protocol;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>Every kept process, on the control thread: answers requests for them, and records their ends before it tells anybody.</summary>
internal sealed class ProcessTable
{
    private readonly ControlLoop _loop;
    private readonly LogWorkers _workers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KeptEntries _entries;
    private readonly ExitReports _reports;
    private readonly ExitWatch _exits;
    private readonly ProcessMaker _maker;

    internal ProcessTable(ControlLoop loop, LogWorkers workers, StateStore store, TimeProvider time, ILogger logger)
    {
        _loop = loop;
        _workers = workers;
        _time = time;
        _logger = logger;
        _entries = new KeptEntries(store, workers, logger);
        _reports = new ExitReports(loop, workers, logger, Report);
        _exits = new ExitWatch(loop, time, OnExited);
        _maker = new ProcessMaker(loop, workers, _entries, _exits, time, logger);
    }

    /// <summary>A process has ended, its output is logged and its exit recorded.</summary>
    internal event Action<ProcessExit>? Exited;

    internal int Count => _entries.Count;

    internal void TakeOver() => new TakeOver(_entries, _exits, _loop, _workers, _time, _logger).Run();

    internal void StartReaping() => _exits.Start();

    internal void Create(CreateRequest request, Reply reply) => _maker.Create(request, reply);

    /// <summary>Takes over the request's descriptors, unless it throws.</summary>
    internal void Exec(ExecRequest request, Reply reply) => _maker.Exec(request, reply);

    internal void Cancel(Reply reply) => _maker.Cancel(reply);

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
        }

        reply.Succeed();
    }

    internal void ReopenLog(string id, Reply reply)
    {
        ContainerIo io = GetRunning(id).Io ?? throw CridException.FailedPrecondition($"'{id}' has no log");
        RunJob(reply, io.ReopenLog);
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
            RunJob(reply, _entries.Drop(entry));
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
        KeeperLog.Exited(_logger, entry.Id, entry.Pid, exitStatus);
        entry.Phase = KeptPhase.Exited;
        entry.Exit = new ProcessExit(entry.Id, entry.Pid, exitStatus, at);
        _entries.Write(entry);
        _reports.Add(entry);
    }

    private void Report(KeptEntry entry)
    {
        entry.Io?.Detach();
        if (entry.IsForgotten)
        {
            _entries.DropInBackground(entry);
        }
        else
        {
            Exited?.Invoke(entry.Exit!);
        }
    }

    private void RunJob(Reply reply, Action job) => _workers.Enqueue(_ =>
    {
        try
        {
            job();
            _loop.Post(() => reply.Succeed());
        }
        catch (Exception e)
        {
            _loop.Post(() => reply.Fail(e));
        }
    });
}
