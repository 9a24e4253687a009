using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Every kept process, on the control thread: makes them, learns of their ends, and records these before it tells anybody.</summary>
internal sealed class ProcessTable
{
    private const int UnknownExitStatus = 255;

    private readonly Dictionary<string, KeptEntry> _entries = [];
    private readonly Dictionary<int, KeptEntry> _children = [];

    /// <summary>Children that ended before their pid was known to be a kept one's; of use only while a command runs.</summary>
    private readonly Dictionary<int, (int ExitStatus, DateTimeOffset At)> _unclaimed = [];

    private readonly ControlLoop _loop;
    private readonly LogWorkers _workers;
    private readonly StateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CommandRunner _commands;
    private readonly ExitReports _reports;
    private readonly Reaper _reaper;

    internal ProcessTable(ControlLoop loop, LogWorkers workers, StateStore store, TimeProvider time, ILogger logger)
    {
        _loop = loop;
        _workers = workers;
        _store = store;
        _time = time;
        _logger = logger;
        _commands = new CommandRunner(loop, workers, logger, OnCommandStarted, OnCommandFailed);
        _reports = new ExitReports(loop, workers, logger, Report);
        _reaper = new Reaper(loop, ReapAll);
    }

    /// <summary>A process has ended, its output is logged and its exit recorded.</summary>
    internal event Action<ProcessExit>? Exited;

    internal int Count => _entries.Count;

    internal void StartReaping() => _reaper.Start();

    internal void Create(CreateRequest request, Reply reply)
    {
        if (!TryReserve(request.Id, request.Command, request.PidFile, IoSettings.From(request), reply, out KeptEntry? entry))
        {
            return;
        }

        ContainerIo io = new(entry.Id, entry.IoSettings!, _workers, _time, _logger);
        entry.Io = io;
        Command? command = null;
        command = new Command(entry, reply, request.Timeout, Prepare, io.CloseContainerEnds);
        _commands.Start(command);

        SpawnRequest Prepare()
        {
            File.Delete(request.PidFile);
            command!.Console = request.Terminal && request.ConsoleSocket is not null ? new ConsoleSocket(request.ConsoleSocket) : null;
            io.Open();
            return new SpawnRequest
            {
                Path = request.Command[0],
                Arguments = request.Command,
                WorkingDirectory = request.BundleDirectory,
                StandardInput = io.ContainerStdin,
                StandardOutput = io.ContainerStdout,
                StandardError = io.ContainerStderr,
                NewProcessGroup = true,
            };
        }
    }

    /// <summary>False where the request is refused, and its descriptors are still the caller's.</summary>
    internal bool TryExec(ExecRequest request, Reply reply)
    {
        if (!TryReserve(request.Id, request.Command, request.PidFile, ioSettings: null, reply, out KeptEntry? entry))
        {
            return false;
        }

        _commands.Start(new Command(entry, reply, request.Timeout, Prepare, Release));
        return true;

        SpawnRequest Prepare()
        {
            File.Delete(request.PidFile);
            return new SpawnRequest
            {
                Path = request.Command[0],
                Arguments = request.Command,
                WorkingDirectory = request.BundleDirectory,
                StandardInput = request.Stdin,
                StandardOutput = request.Stdout,
                StandardError = request.Stderr,
                NewProcessGroup = true,
            };
        }

        void Release()
        {
            request.Stdin?.Dispose();
            request.Stdout?.Dispose();
            request.Stderr?.Dispose();
        }
    }

    internal void Cancel(Reply reply) => _commands.Cancel(reply);

    internal void ReopenLog(string id, Reply reply)
    {
        if (!_entries.TryGetValue(id, out KeptEntry? entry))
        {
            reply.Fail(CridException.NotFound($"'{id}' is not kept"));
        }
        else if (entry.Phase != KeptPhase.Running)
        {
            reply.Fail(CridException.FailedPrecondition($"'{id}' is not running"));
        }
        else if (entry.Io is not ContainerIo io)
        {
            reply.Fail(CridException.FailedPrecondition($"'{id}' has no log"));
        }
        else
        {
            RunJob(reply, io.ReopenLog);
        }
    }

    /// <summary>Drops an exited process; one that still runs is dropped as soon as it ends.</summary>
    internal void Forget(string id, Reply reply)
    {
        if (!_entries.TryGetValue(id, out KeptEntry? entry))
        {
            reply.Succeed();
        }
        else if (entry.Phase == KeptPhase.Exited)
        {
            RunJob(reply, Drop(entry));
        }
        else
        {
            entry.IsForgotten = true;
            TryWriteState(entry);
            reply.Succeed();
        }
    }

    internal void WriteList(MessageWriter writer)
    {
        List<KeptProcess> processes = [];
        foreach (KeptEntry entry in _entries.Values)
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
        foreach (KeptEntry entry in _entries.Values)
        {
            if (entry.Exit is not null && !_reports.IsPending(entry))
            {
                action(entry.Exit);
            }
        }
    }

    /// <summary>Goes on with what an earlier keeper kept. Before anybody is served, so waiting for a disk does no harm here.</summary>
    internal void TakeOver()
    {
        foreach (KeptEntry entry in _store.ReadAll((path, problem) => KeeperLog.StateUnreadable(_logger, problem, path)))
        {
            _entries[entry.Id] = entry;
            if (entry.Phase == KeptPhase.Exited && entry.IsForgotten)
            {
                Drop(entry)();
                continue;
            }

            if (entry.Phase == KeptPhase.Creating && !FinishInterruptedCommand(entry))
            {
                continue;
            }

            ResumeIo(entry);
            if (entry.Phase == KeptPhase.Running)
            {
                Watch(entry, ProcessHandle.Open(entry.Pid, entry.StartTimeTicks));
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
        using (ProcessHandle? command = entry.CommandPid == 0 ? null : ProcessHandle.Open(entry.CommandPid, entry.CommandStartTimeTicks))
        {
            command?.SendSignal(SignalNames.Kill);
        }

        if (PidFile.TryRead(entry.PidFile) is int pid && ProcessStat.Find(pid) is ProcessStat stat)
        {
            entry.Pid = pid;
            entry.StartTimeTicks = stat.StartTimeTicks;
            entry.Phase = KeptPhase.Running;
            TryWriteState(entry);
            return true;
        }

        Drop(entry)();
        return false;
    }

    private void ResumeIo(KeptEntry entry)
    {
        if (entry.IoSettings is null || entry.Phase == KeptPhase.Exited)
        {
            return;
        }

        entry.Io = new ContainerIo(entry.Id, entry.IoSettings, _workers, _time, _logger);
        try
        {
            entry.Io.Resume();
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            KeeperLog.TakeOverOfOutputFailed(_logger, e, entry.Id);
        }
    }

    private bool TryReserve(
        string id,
        IReadOnlyList<string> command,
        string pidFile,
        IoSettings? ioSettings,
        Reply reply,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out KeptEntry? entry)
    {
        entry = null;
        if (!RequestRules.IsId(id) || command.Count == 0 || !command[0].StartsWith('/') || !pidFile.StartsWith('/'))
        {
            reply.Fail(CridException.InvalidArgument($"'{id}': an id of letters, digits, '_', '-' and '.' and absolute paths are needed"));
            return false;
        }

        if (_entries.ContainsKey(id))
        {
            reply.Fail(new CridException(ErrorKind.AlreadyExists, $"'{id}' is kept already"));
            return false;
        }

        entry = new KeptEntry(id, pidFile, ioSettings);
        if (!TryWriteState(entry, reply))
        {
            return false;
        }

        _entries.Add(id, entry);
        return true;
    }

    private void OnCommandStarted(Command command)
    {
        _reaper.Resume();
        if (_unclaimed.Remove(command.Pid, out (int ExitStatus, DateTimeOffset At) end))
        {
            _commands.Take(command.Pid);
            OnCommandEnded(command, end.ExitStatus);
            return;
        }

        command.Entry.CommandPid = command.Pid;
        command.Entry.CommandStartTimeTicks = ProcessStat.Find(command.Pid)?.StartTimeTicks ?? 0;
        TryWriteState(command.Entry);
    }

    private void OnCommandFailed(Command command, Exception failure)
    {
        command.Console?.Dispose();
        Abandon(command.Entry, () => command.Reply.Fail(failure));
    }

    private void OnCommandEnded(Command command, int exitStatus)
    {
        KeptEntry entry = command.Entry;
        KeeperLog.CommandEnded(_logger, entry.Id, exitStatus);
        using ConsoleSocket? console = command.Console;
        int? pid = exitStatus == 0 && command.Killed is null ? PidFile.TryRead(entry.PidFile) : null;
        if (pid is null)
        {
            Exception? failure = command.Killed
                ?? (exitStatus == 0 ? new CridException(ErrorKind.Internal, $"'{entry.Id}': the command left no pid in '{entry.PidFile}'") : null);
            Abandon(entry, () => Answer(command.Reply, failure, new SpawnResult(exitStatus, 0, 0)));
            return;
        }

        entry.Io?.Begin();
        if (console?.TryTakeMaster() is SafeFileHandle master)
        {
            entry.Io?.AddTerminal(master);
        }

        Adopt(entry, pid.Value, command.Reply);
    }

    /// <summary>Removes what a failed command leaves, and answers then.</summary>
    private void Abandon(KeptEntry entry, Action answer)
    {
        Action drop = Drop(entry);
        _workers.Enqueue(_ =>
        {
            RunQuietly(entry, drop);
            _loop.Post(answer);
        });
    }

    private static void Answer(Reply reply, Exception? failure, SpawnResult result)
    {
        if (failure is null)
        {
            reply.Succeed(writer => writer.Write(result));
        }
        else
        {
            reply.Fail(failure);
        }
    }

    private void Adopt(KeptEntry entry, int pid, Reply reply)
    {
        ProcessStat? stat = ProcessStat.Find(pid);
        entry.Pid = pid;
        entry.StartTimeTicks = stat?.StartTimeTicks ?? 0;
        entry.Phase = KeptPhase.Running;
        KeeperLog.Adopted(_logger, entry.Id, pid);
        TryWriteState(entry);
        Answer(reply, failure: null, new SpawnResult(0, pid, entry.StartTimeTicks));
        if (_unclaimed.Remove(pid, out (int ExitStatus, DateTimeOffset At) end))
        {
            OnExited(entry, end.ExitStatus, end.At);
        }
        else if (stat?.ParentPid == Environment.ProcessId)
        {
            _children[pid] = entry;
        }
        else
        {
            Watch(entry, stat is null ? null : ProcessHandle.Open(pid, entry.StartTimeTicks));
        }
    }

    /// <summary>Waits for a process that this keeper need not be the parent of; null where it is gone.</summary>
    private void Watch(KeptEntry entry, ProcessHandle? process)
    {
        if (process is null)
        {
            OnExited(entry, UnknownExitStatus, _time.GetUtcNow());
            return;
        }

        entry.Foreign = process;
        entry.ForeignToken = _loop.Watch(process.Pidfd, Readiness.Readable, _ => OnForeignExited(entry, process));
    }

    private void OnForeignExited(KeptEntry entry, ProcessHandle process)
    {
        int exitStatus = process.FindExitStatus() ?? UnknownExitStatus;
        _loop.Unwatch(process.Pidfd, entry.ForeignToken);
        process.Dispose();
        entry.Foreign = null;
        OnExited(entry, exitStatus, _time.GetUtcNow());
    }

    private void ReapAll()
    {
        while (ChildProcesses.TryReapAny() is ProcessEnd end)
        {
            if (_children.Remove(end.Pid, out KeptEntry? entry))
            {
                OnExited(entry, end.ExitStatus, _time.GetUtcNow());
            }
            else if (_commands.Take(end.Pid) is Command command)
            {
                OnCommandEnded(command, end.ExitStatus);
            }
            else if (!_commands.IsIdle)
            {
                _unclaimed[end.Pid] = (end.ExitStatus, _time.GetUtcNow());
            }
        }

        if (_commands.IsIdle)
        {
            _unclaimed.Clear();
        }

        _reaper.Resume();
    }

    private void OnExited(KeptEntry entry, int exitStatus, DateTimeOffset at)
    {
        KeeperLog.Exited(_logger, entry.Id, entry.Pid, exitStatus);
        entry.Phase = KeptPhase.Exited;
        entry.Exit = new ProcessExit(entry.Id, entry.Pid, exitStatus, at);
        TryWriteState(entry);
        _reports.Add(entry);
    }

    private void Report(KeptEntry entry)
    {
        if (entry.IsForgotten)
        {
            Action drop = Drop(entry);
            _workers.Enqueue(_ => RunQuietly(entry, drop));
        }
        else
        {
            Exited?.Invoke(entry.Exit!);
        }
    }

    /// <summary>Takes an entry out of the table and gives what is left to do for it, which may wait for a disk.</summary>
    private Action Drop(KeptEntry entry)
    {
        _entries.Remove(entry.Id);
        return () =>
        {
            if (entry.Io is not null)
            {
                entry.Io.Dispose();
            }
            else if (entry.IoSettings is not null)
            {
                ContainerIo.RemoveFifos(entry.IoSettings);
            }

            _store.Delete(entry.Id);
        };
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

    private void RunQuietly(KeptEntry entry, Action job)
    {
        try
        {
            job();
        }
        catch (Exception e)
        {
            KeeperLog.StateNotWritten(_logger, e, entry.Id);
        }
    }

    private bool TryWriteState(KeptEntry entry, Reply? reply = null)
    {
        try
        {
            _store.Write(entry);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            KeeperLog.StateNotWritten(_logger, e, entry.Id);
            reply?.Fail(new CridException(ErrorKind.Internal, $"'{entry.Id}': its state can't be written: {e.Message}"));
            return false;
        }
    }
}
