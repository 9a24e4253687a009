using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>A command that was started in a container, until its end is known. Disposal makes the keeper forget it.</summary>
internal sealed class ExecProcess : IAsyncDisposable
{
    /// <summary>How long the keeper may need to tell an exit that the kernel has told already.</summary>
    private static readonly TimeSpan ReportTime = TimeSpan.FromSeconds(5);

    private readonly RuntimeServices _services;
    private readonly KeptExits _exits;
    private readonly Task<ProcessExit> _reported;
    private SpawnResult? _spawned;
    private ProcessHandle? _process;

    /// <summary>Begins to listen for the end of a command that is yet to be started, so that it is not missed.</summary>
    public ExecProcess(string id, RuntimeServices services, KeptExits exits)
    {
        Id = id;
        _services = services;
        _exits = exits;
        _reported = exits.Wait(id);
    }

    /// <summary>What the keeper calls it.</summary>
    public string Id { get; }

    /// <summary>It has been started.</summary>
    public void Adopt(SpawnResult spawned)
    {
        _spawned = spawned;
        _process = spawned.Process;
    }

    /// <summary>Its exit status. When the token is cancelled before the end, it is killed with all that descends from it.</summary>
    /// <exception cref="CridException">Unavailable: nobody can tell how it ended. A made-up status would fail a probe that went well.</exception>
    public async Task<int> WaitAsync(CancellationToken ending)
    {
        SpawnResult spawned = _spawned!;
        _process ??= ProcessHandle.Open(spawned.Pid, spawned.StartTimeTicks);
        try
        {
            ending.ThrowIfCancellationRequested();
            Task ended = _process?.WaitForExitAsync(_services.EventLoop, ending) ?? Task.CompletedTask;
            if (await Task.WhenAny(_reported, ended) == ended)
            {
                await ended;
                await Task.WhenAny(_reported, Task.Delay(ReportTime, _services.Time, ending));
            }

            // A keeper that died knows nothing of the process; newer kernels tell the status by the handle.
            int? status = _reported.IsCompletedSuccessfully ? (await _reported).ExitStatus : null;
            return status is int known and not ProcessExit.Unknown
                ? known
                : _process?.FindExitStatus() ?? throw new CridException(
                    ErrorKind.Unavailable, $"command '{Id}' ended while the keeper was away: nobody knows its exit status");
        }
        catch (OperationCanceledException)
        {
            await EndAsync();
            throw;
        }
    }

    /// <summary>Kills it, and gives the keeper time to tell its end.</summary>
    public async Task EndAsync()
    {
        Kill();
        await Task.WhenAny(_reported, Task.Delay(ReportTime, _services.Time, CancellationToken.None));
    }

    /// <summary>Kills what it is and all that descends from it, also what it has left behind.</summary>
    public void Kill() => ProcessTree.Kill(_spawned!.Pid, _spawned.StartTimeTicks);

    public async ValueTask DisposeAsync()
    {
        _exits.StopWaiting(Id);
        _process?.Dispose();
        try
        {
            await _services.Keeper.ForgetAsync(Id, CancellationToken.None);
        }
        catch (CridException exception)
        {
            RuntimesLog.ForgetFailed(_services.Logger, exception, Id);
        }
    }
}
