using System.Collections.Concurrent;
using Crid.Keeper.Protocol;

namespace Crid.Runtimes;

/// <summary>Hands the keeper's news of an exit to whoever waits for that process.</summary>
internal sealed class KeptExits : IDisposable
{
    private readonly IKeeper _keeper;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ProcessExit>> _waiters = new();

    public KeptExits(IKeeper keeper)
    {
        _keeper = keeper;
        _keeper.Exited += OnExited;
    }

    /// <summary>Begins to wait, before the process is started, so that no exit is missed. <see cref="StopWaiting"/> has to follow.</summary>
    public Task<ProcessExit> Wait(string id) =>
        _waiters.GetOrAdd(id, static _ => new TaskCompletionSource<ProcessExit>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void StopWaiting(string id) => _waiters.TryRemove(id, out _);

    public void Dispose() => _keeper.Exited -= OnExited;

    private void OnExited(ProcessExit exit)
    {
        if (_waiters.TryGetValue(exit.Id, out TaskCompletionSource<ProcessExit>? waiter))
        {
            waiter.TrySetResult(exit);
        }
    }
}
