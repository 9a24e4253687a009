using Crid.Core;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>The commands in flight: starts them on a worker, kills them at their deadlines, and finds the one that a reaped pid was.</summary>
internal sealed class CommandRunner : ITimed
{
    private readonly KeeperServices _services;
    private readonly List<Command> _inFlight = [];
    private readonly Action<Command> _started;
    private readonly Action<Command, Exception> _failed;

    /// <param name="started">Called on the control thread when a command has its pid.</param>
    /// <param name="failed">Called on the control thread instead where it could not be started.</param>
    internal CommandRunner(KeeperServices services, Action<Command> started, Action<Command, Exception> failed)
    {
        _services = services;
        _started = started;
        _failed = failed;
        services.Loop.AddTimed(this);
    }

    internal bool IsIdle => _inFlight.Count == 0;

    internal void Start(Command command)
    {
        command.Deadline = Environment.TickCount64 + (long)Math.Clamp(command.Timeout.TotalMilliseconds, 0, int.MaxValue);
        _inFlight.Add(command);
        _services.Jobs.Enqueue(_ => StartOnWorker(command));
    }

    /// <summary>Kills the command of a request; it is answered when it has ended.</summary>
    internal void Cancel(Reply reply)
    {
        foreach (Command command in _inFlight)
        {
            if (command.Reply == reply)
            {
                Kill(command, new CridException(ErrorKind.Unavailable, "canceled by the client"));
            }
        }
    }

    /// <summary>
    /// Kills the commands of a client that has left. Nobody waits for what they make; and the client that comes next is not told of commands
    /// in flight, so it could not end them.
    /// </summary>
    internal void CancelAll(ClientConnection client)
    {
        foreach (Command command in _inFlight)
        {
            if (command.Reply.Client == client)
            {
                Kill(command, new CridException(ErrorKind.Unavailable, "its client has left"));
            }
        }
    }

    /// <summary>Kills a process with what descends from it, on a worker: many look at all processes of the machine.</summary>
    internal void KillTree(string id, int pid, ulong startTimeTicks) => _services.Jobs.Enqueue(_ =>
    {
        try
        {
            ProcessTree.Kill(pid, startTimeTicks);
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            // Out of descriptors.
            KeeperLog.TreeNotKilled(_services.Logger, e, id, pid);
        }
    });

    /// <summary>The command that had this pid, which is no longer in flight; null where it was none.</summary>
    internal Command? Take(int pid)
    {
        foreach (Command command in _inFlight)
        {
            if (command.Pid == pid)
            {
                _inFlight.Remove(command);
                return command;
            }
        }

        return null;
    }

    /// <summary>
    /// Keeps a command in flight that has ended, until what may wait for a disk is done for it. There is nothing to kill any more: canceled or
    /// late, it is given up instead.
    /// </summary>
    internal void Hold(Command command, Action giveUp)
    {
        command.Pid = 0;
        command.GiveUp = giveUp;
        _inFlight.Add(command);
    }

    /// <summary>Takes a command that is held; false where it was given up.</summary>
    internal bool TryRelease(Command command) => _inFlight.Remove(command);

    public long RunDue(long now)
    {
        long next = long.MaxValue;
        foreach (Command command in _inFlight)
        {
            if (command.Killed is null && now >= command.Deadline)
            {
                Kill(command, new CridException(ErrorKind.DeadlineExceeded, $"not finished after {command.Timeout.TotalSeconds:0.###} s"));
            }

            next = command.Killed is null ? Math.Min(next, command.Deadline) : next;
        }

        return next;
    }

    private void StartOnWorker(Command command)
    {
        try
        {
            int pid = command.Start();
            _services.Loop.Post(() => OnStarted(command, pid));
        }
        catch (Exception e)
        {
            _services.Loop.Post(() => OnFailed(command, e));
        }
    }

    private void OnStarted(Command command, int pid)
    {
        command.Pid = pid;
        _started(command);
        if (command.Killed is not null && _inFlight.Contains(command))
        {
            SendKill(command);
        }
    }

    private void OnFailed(Command command, Exception failure)
    {
        _inFlight.Remove(command);
        _failed(command, failure);
    }

    private void Kill(Command command, CridException reason)
    {
        if (command.Killed is not null)
        {
            return;
        }

        command.Killed = reason;
        KeeperLog.CommandKilled(_services.Logger, command.Entry.Id, reason.Message);
        if (command.GiveUp is Action giveUp)
        {
            _services.Loop.Post(() =>
            {
                if (TryRelease(command))
                {
                    giveUp();
                }
            });
        }
        else if (command.Pid != 0)
        {
            SendKill(command);
        }
    }

    /// <summary>
    /// The whole group: an OCI runtime has helpers of its own. Its leader is not reaped while the command is in flight. A client that is there
    /// ends what has left the group by itself.
    /// </summary>
    private void SendKill(Command command)
    {
        if (command.Reply.Client.IsClosed && command.StartTimeTicks != 0)
        {
            KillTree(command.Entry.Id, command.Pid, command.StartTimeTicks);
        }
        else
        {
            ChildProcesses.SendSignal(-command.Pid, SignalNames.Kill);
        }
    }
}
