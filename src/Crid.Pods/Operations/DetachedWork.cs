using System.Collections.Concurrent;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>
/// Runs operations on a deadline of their own. A caller that leaves only stops waiting: half an operation is worth nothing, and a retry finds
/// what came of it.
/// </summary>
internal sealed class DetachedWork(TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<Task, string> _running = [];

    /// <summary>Starts an operation.</summary>
    /// <param name="stop">Ends it early, with a rollback.</param>
    public Task<T> Start<T>(string name, TimeSpan timeout, Func<CancellationToken, Task<T>> work, CancellationToken stop = default)
    {
        Task<T> task = RunAsync(name, timeout, work, stop);
        if (!task.IsCompleted)
        {
            _running.TryAdd(task, name);
            _ = task.ContinueWith(
                ended => _running.TryRemove(ended, out _),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return task;
    }

    /// <summary>Waits for an operation as long as its caller does; a failure that nobody waits for any more is logged.</summary>
    public async Task<T> WaitAsync<T>(string name, Task<T> operation, CancellationToken caller)
    {
        try
        {
            return await operation.WaitAsync(caller);
        }
        catch (OperationCanceledException) when (caller.IsCancellationRequested)
        {
            _ = LogLateFailureAsync(name, operation);
            throw;
        }
    }

    /// <summary>Starts an operation and waits for it as long as the caller does.</summary>
    public Task RunAsync(string name, TimeSpan timeout, Func<CancellationToken, Task> work, CancellationToken caller)
    {
        Task<bool> operation = Start(
            name,
            timeout,
            async token =>
            {
                await work(token);
                return true;
            },
            CancellationToken.None);
        return WaitAsync(name, operation, caller);
    }

    /// <summary>Waits until nothing runs any more, at most for the given time.</summary>
    public async Task DrainAsync(TimeSpan timeout)
    {
        Task all = Task.WhenAll(_running.Keys);
        await Task.WhenAny(all, Task.Delay(timeout, time));
        foreach (string name in _running.Values)
        {
            PodsLog.LeftRunning(logger, name);
        }
    }

    private async Task<T> RunAsync<T>(string name, TimeSpan timeout, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        PodsMetrics.OperationsInFlight.Add(1);
        try
        {
            return await work(both.Token);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested)
        {
            throw new CridException(ErrorKind.DeadlineExceeded, $"{name}: not done after {timeout.TotalSeconds:0} s", exception);
        }
        catch (OperationCanceledException exception) when (stop.IsCancellationRequested)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"{name}: given up because the sandbox is being stopped", exception);
        }
        finally
        {
            PodsMetrics.OperationsInFlight.Add(-1);
        }
    }

    private async Task LogLateFailureAsync(string name, Task operation)
    {
        try
        {
            await operation;
        }
        catch (Exception exception)
        {
            PodsLog.LateFailure(logger, exception, name);
        }
    }
}
