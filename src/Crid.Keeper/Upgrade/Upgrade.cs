using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// Replaces this program by the one that lies at its path now, within the process: so containers stay its children, and what it has open
/// stays open. A program that can't be executed or does not understand what it would be handed is found out before, and this one goes on.
/// </summary>
internal sealed class Upgrade : ITimed
{
    private const int CheckMilliseconds = 10_000;
    private const int WaitMilliseconds = 2000;
    private const int PollMilliseconds = 10;
    private const int PutOffMilliseconds = 10_000;
    private const int StallMilliseconds = 1000;

    private readonly KeeperOptions _options;
    private readonly KeeperServices _services;
    private readonly ProcessTable _table;
    private readonly KeeperServer _server;
    private readonly FileLock _lock;
    private readonly string _program = OwnProgram.Path;
    private UpgradePhase _phase;
    private long _deadline;
    private int _checkPid;

    internal Upgrade(KeeperOptions options, KeeperServices services, ProcessTable table, KeeperServer server, FileLock single)
    {
        _options = options;
        _services = services;
        _table = table;
        _server = server;
        _lock = single;
        services.Loop.AddTimed(this);
    }

    /// <summary>Begins; one that has begun is enough.</summary>
    internal void Request()
    {
        if (_phase is UpgradePhase.None or UpgradePhase.PutOff)
        {
            _phase = UpgradePhase.Checking;
            _deadline = Environment.TickCount64 + CheckMilliseconds;
            _table.Exits.Expect();
            _services.Jobs.Enqueue(_ => StartCheck());
        }
    }

    public long RunDue(long now)
    {
        switch (_phase)
        {
            case UpgradePhase.Checking when now >= _deadline:
                if (_checkPid != 0)
                {
                    ChildProcesses.SendSignal(_checkPid, SignalNames.Kill);
                }

                _deadline = now + CheckMilliseconds;
                return _deadline;
            case UpgradePhase.Waiting when _table.IsQuiet:
                Replace();
                return now + PollMilliseconds;
            case UpgradePhase.Waiting when now >= _deadline:
                PutOff("commands are still running");
                return _deadline;
            case UpgradePhase.Waiting:
                return now + PollMilliseconds;
            case UpgradePhase.PutOff when now >= _deadline:
                Request();
                return _deadline;
            default:
                return _phase == UpgradePhase.None ? long.MaxValue : _deadline;
        }
    }

    private void StartCheck()
    {
        try
        {
            int pid = ProcessSpawner.Spawn(new SpawnRequest
            {
                Path = _program,
                Arguments = [_program, KeeperOptions.AcceptsHandover, $"{Handover.Format}"],
            });
            _services.Loop.Post(() =>
            {
                _checkPid = pid;
                _table.Exits.Claim(pid, OnChecked);
            });
        }
        catch (CridException e)
        {
            _services.Loop.Post(() =>
            {
                _table.Exits.ExpectNoLonger();
                Refuse(e.Message);
            });
        }
    }

    private void OnChecked(int exitStatus)
    {
        _checkPid = 0;
        if (exitStatus != 0)
        {
            Refuse($"asked whether it understands this one it ended with status {exitStatus}");
            return;
        }

        _phase = UpgradePhase.Waiting;
        _deadline = Environment.TickCount64 + WaitMilliseconds;
        _server.Pause();
    }

    private void Refuse(string reason)
    {
        _phase = UpgradePhase.None;
        KeeperLog.ReplacementRefused(_services.Logger, _program, reason);
    }

    private void PutOff(string reason)
    {
        _phase = UpgradePhase.PutOff;
        _deadline = Environment.TickCount64 + PutOffMilliseconds;
        _server.Resume();
        KeeperLog.ReplacementPutOff(_services.Logger, reason);
    }

    /// <summary>Does not return where it succeeds.</summary>
    private void Replace()
    {
        // Execution would wait for a thread that a disk holds up, and with it all containers.
        bool paused = _services.Logs.TryPause(StallMilliseconds);
        paused &= _services.Jobs.TryPause(StallMilliseconds);
        _services.Loop.RunPosted();
        if (paused && _table.IsQuiet)
        {
            Execute();
        }

        _services.Logs.Resume();
        _services.Jobs.Resume();
        if (!paused)
        {
            PutOff("a log file stalls");
        }
        else if (_table.IsQuiet)
        {
            _phase = UpgradePhase.None;
            _server.Resume();
        }
    }

    private void Execute()
    {
        try
        {
            HandoverWriter writer = new();
            writer.Values.WriteInt32(Handover.Format);
            writer.WriteFile(_lock.Handle);
            _table.TakeOver.HandOver(writer);
            _server.HandOver(writer);
            using SafeFileHandle state = InheritedFiles.CreateMemoryFile("crid-keeper", writer.Values.Written.Span);
            KeeperLog.Replacing(_services.Logger, _program);
            ProgramReplacement.Execute(
                _program, [_program, .. _options.ToArguments(), KeeperOptions.HandoverOption, $"{InheritedFiles.NumberOf(state)}"], [.. writer.Files, state]);
        }
        catch (CridException e)
        {
            KeeperLog.ReplacementRefused(_services.Logger, _program, e.Message);
        }
    }
}
