namespace Crid.Pods.Tests;

/// <summary>A process of the fake machine.</summary>
public sealed class FakeProcess(Machine machine, string id, int pid) : IProcess
{
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _status;

    public string Id { get; } = id;

    public int Pid { get; } = pid;

    public ulong StartTimeTicks { get; } = (ulong)pid * 1000;

    public Task Exited => _exited.Task;

    /// <summary>The signals that it got.</summary>
    public List<int> Signals { get; } = [];

    /// <summary>It ends on SIGTERM; else on SIGKILL alone.</summary>
    public bool EndsOnTerm { get; set; } = true;

    /// <summary>It hangs in the kernel: not even SIGKILL ends it.</summary>
    public bool IsUnkillable { get; set; }

    /// <summary>Signals take effect only when it is thawed, as on cgroup v1.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>The kernel tells the exit status to whoever holds a pidfd.</summary>
    public bool TellsStatus { get; set; }

    public int? FindExitStatus() => TellsStatus ? _status : null;

    public void Signal(int signal)
    {
        lock (Signals)
        {
            Signals.Add(signal);
        }

        if (!IsFrozen)
        {
            Act(signal);
        }
    }

    /// <summary>Does what a signal makes it do.</summary>
    public void Act(int signal)
    {
        if (!IsUnkillable && (signal == 9 || (signal == 15 && EndsOnTerm)))
        {
            machine.End(this, 128 + signal);
        }
    }

    public bool TryEnd(int status)
    {
        if (_exited.Task.IsCompleted)
        {
            return false;
        }

        _status = status;
        return _exited.TrySetResult();
    }

    public void Dispose()
    {
    }
}
