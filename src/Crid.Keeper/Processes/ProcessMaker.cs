using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Makes kept processes: runs an OCI runtime's command, and adopts what it leaves. On the control thread.</summary>
internal sealed class ProcessMaker : IReaped
{
    private readonly KeeperServices _services;
    private readonly KeptEntries _entries;
    private readonly ExitWatch _exits;
    private readonly CommandRunner _commands;
    private readonly Action<KeptEntry> _adopted;

    /// <param name="adopted">Called with a new entry before its client is answered.</param>
    internal ProcessMaker(KeeperServices services, KeptEntries entries, ExitWatch exits, Action<KeptEntry> adopted)
    {
        _services = services;
        _entries = entries;
        _exits = exits;
        _adopted = adopted;
        _commands = new CommandRunner(services, OnStarted, OnFailed);
        exits.Commands = this;
    }

    public bool IsIdle => _commands.IsIdle;

    internal void Create(CreateRequest request, Reply reply)
    {
        KeptEntry entry = Reserve(request.Id, request.Command, request.PidFile, IoSettings.From(request));
        ContainerIo io = new(entry.Id, entry.IoSettings!, _services);
        entry.Io = io;
        Command? command = null;
        command = new Command(entry, reply, request.Timeout, Prepare, io.CloseContainerEnds);
        _commands.Start(command);

        SpawnRequest Prepare()
        {
            File.Delete(request.PidFile);
            command!.Console = request.Terminal && request.ConsoleSocket is not null ? new ConsoleSocket(request.ConsoleSocket) : null;
            io.Open();
            return ToSpawn(request.Command, request.BundleDirectory, io.ContainerStdin, io.ContainerStdout, io.ContainerStderr);
        }
    }

    /// <summary>Takes over the request's descriptors, unless it throws.</summary>
    internal void Exec(ExecRequest request, Reply reply)
    {
        KeptEntry entry = Reserve(request.Id, request.Command, request.PidFile, ioSettings: null);
        _commands.Start(new Command(entry, reply, request.Timeout, Prepare, Release) { OomScoreAdjust = request.OomScoreAdjust });

        SpawnRequest Prepare()
        {
            File.Delete(request.PidFile);
            return ToSpawn(request.Command, request.BundleDirectory, request.Stdin, request.Stdout, request.Stderr);
        }

        void Release()
        {
            request.Stdin?.Dispose();
            request.Stdout?.Dispose();
            request.Stderr?.Dispose();
        }
    }

    internal void Cancel(Reply reply) => _commands.Cancel(reply);

    internal void CancelAll(ClientConnection client) => _commands.CancelAll(client);

    public bool TryEnd(ProcessEnd end)
    {
        if (_commands.Take(end.Pid) is not Command command)
        {
            return false;
        }

        OnEnded(command, end.ExitStatus);
        return true;
    }

    private static SpawnRequest ToSpawn(
        IReadOnlyList<string> command, string directory, SafeFileHandle? stdin, SafeFileHandle? stdout, SafeFileHandle? stderr) => new()
        {
            Path = command[0],
            Arguments = command,
            WorkingDirectory = directory,
            StandardInput = stdin,
            StandardOutput = stdout,
            StandardError = stderr,
            NewProcessGroup = true,
        };

    private KeptEntry Reserve(string id, IReadOnlyList<string> command, string pidFile, IoSettings? ioSettings)
    {
        if (!RequestRules.IsId(id) || command.Count == 0 || !command[0].StartsWith('/') || !pidFile.StartsWith('/'))
        {
            throw CridException.InvalidArgument($"'{id}': an id of letters, digits, '_', '-' and '.' and absolute paths are needed");
        }

        if (_entries.Contains(id))
        {
            throw new CridException(ErrorKind.AlreadyExists, $"'{id}' is kept already");
        }

        KeptEntry entry = new(id, pidFile, ioSettings);
        _entries.Add(entry);
        return entry;
    }

    private void OnStarted(Command command)
    {
        _exits.OnSpawned();
        command.Entry.CommandPid = command.Pid;
        command.Entry.CommandStartTimeTicks = command.StartTimeTicks;
        if (_exits.HasEnd(command.Pid) && ProcessStat.Find(command.Pid) is ProcessStat stat && stat.StartTimeTicks == command.StartTimeTicks)
        {
            _exits.ForgetEnd(command.Pid);
        }

        if (_exits.TryTakeEnd(command.Pid, out (int ExitStatus, DateTimeOffset At) end))
        {
            _commands.Take(command.Pid);
            OnEnded(command, end.ExitStatus);
            return;
        }

        _entries.Write(command.Entry);
        command.Entry.Io?.DiscardUntilBegin();
    }

    private void OnFailed(Command command, Exception failure) => Abandon(command, () => command.Reply.Fail(failure));

    private void OnEnded(Command command, int exitStatus)
    {
        KeptEntry entry = command.Entry;
        KeeperLog.CommandEnded(_services.Logger, entry.Id, exitStatus);
        Exception? failure = command.Killed ?? (exitStatus == 0 ? FindProcess(command) : null);
        if (failure is not null || exitStatus != 0)
        {
            Abandon(command, () => Answer(command.Reply, failure, new SpawnResult(exitStatus, 0, 0)));
        }
        else if (entry.Io is ContainerIo io)
        {
            // A later keeper has to know which process it is, should this one end while a disk is waited for.
            _entries.Write(entry);
            _commands.Hold(command, () => OnFailed(command, command.Killed!));
            io.OpenLog(problem => OnLogOpened(command, io, problem));
        }
        else
        {
            Adopt(command);
        }
    }

    private void OnLogOpened(Command command, ContainerIo io, Exception? failure)
    {
        if (!_commands.TryRelease(command))
        {
            return;
        }

        failure = command.Killed ?? failure ?? TryBegin(command, io);
        if (failure is null)
        {
            Adopt(command);
        }
        else
        {
            // What the command has made is for the client to remove.
            OnFailed(command, failure);
        }
    }

    private static LinuxException? TryBegin(Command command, ContainerIo io)
    {
        try
        {
            io.Begin();
            using ConsoleSocket? console = command.Console;
            if (console?.TryTakeMaster() is SafeFileHandle master)
            {
                io.AddTerminal(master);
            }

            return null;
        }
        catch (LinuxException e)
        {
            // Out of descriptors or memory.
            return e;
        }
    }

    /// <summary>
    /// Looks for the process that a command has left. One that was there before the command, or never was, is not its work: crid would send signals
    /// to whatever it is. Returns why there is none.
    /// </summary>
    private CridException? FindProcess(Command command)
    {
        KeptEntry entry = command.Entry;
        if (PidFile.TryRead(entry.PidFile) is not int pid)
        {
            return new CridException(ErrorKind.Internal, $"'{entry.Id}': the command left no pid in '{entry.PidFile}'");
        }

        ProcessStat? stat = ProcessStat.Find(pid);
        if (stat is null ? !_exits.HasEnd(pid) : stat.Value.StartTimeTicks < command.StartTimeTicks)
        {
            return new CridException(ErrorKind.Internal, $"'{entry.Id}': the command left pid {pid} in '{entry.PidFile}', which is of no process that it has started");
        }

        if (stat is not null)
        {
            _exits.ForgetEnd(pid);
        }

        entry.Pid = pid;
        entry.StartTimeTicks = stat?.StartTimeTicks ?? 0;
        return null;
    }

    /// <summary>Removes what a failed command leaves, and answers then.</summary>
    private void Abandon(Command command, Action answer)
    {
        command.Console?.Dispose();
        if (command.Reply.Client.IsClosed && command.StartTimeTicks != 0 && FindProcess(command) is null && command.Entry.StartTimeTicks != 0)
        {
            // What a command has made is for its client to remove, and there is none any more.
            _commands.KillTree(command.Entry.Id, command.Entry.Pid, command.Entry.StartTimeTicks);
        }

        _entries.DropInBackground(command.Entry, () => _services.Loop.Post(answer));
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

    private void Adopt(Command command)
    {
        KeptEntry entry = command.Entry;
        entry.Phase = KeptPhase.Running;
        command.CorrectScore(entry.Pid);
        KeeperLog.Adopted(_services.Logger, entry.Id, entry.Pid);
        _entries.Write(entry);
        _adopted(entry);
        SpawnResult result = new(0, entry.Pid, entry.StartTimeTicks);
        command.Reply.SucceedWith(OpenForCaller(entry), writer => writer.Write(result));
        _exits.Watch(entry);
    }

    /// <summary>
    /// What the caller of an exec watches it by, which it could not open any more if the command and this keeper ended before it tried to.
    /// Clients hold the pidfds of containers anyway.
    /// </summary>
    private static SafeFileHandle? OpenForCaller(KeptEntry entry)
    {
        try
        {
            return entry.Io is null ? ProcessHandle.Open(entry.Pid, entry.StartTimeTicks)?.Pidfd : null;
        }
        catch (LinuxException)
        {
            // Out of descriptors: the caller opens it by its pid.
            return null;
        }
    }
}
