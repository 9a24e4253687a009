namespace Crid.Pods;

/// <summary>The process of a container that has not been recorded as exited.</summary>
/// <param name="handle">Null where it had ended before it could be opened.</param>
internal sealed class LiveProcess(IProcess? handle) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _recorded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    /// <summary>Completes once the exit is in the container's status.</summary>
    public Task Recorded => _recorded.Task;

    /// <summary>Completes when the kernel says that the process has ended.</summary>
    public Task Ended { get; } = handle?.Exited ?? Task.CompletedTask;

    /// <summary>Sends a signal; does nothing to a process that has ended.</summary>
    public void Signal(int signal)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                handle?.Signal(signal);
            }
        }
    }

    /// <summary>The exit status as far as the kernel tells.</summary>
    public int? FindExitStatus()
    {
        lock (_lock)
        {
            return _disposed ? null : handle?.FindExitStatus();
        }
    }

    public void MarkRecorded() => _recorded.TrySetResult();

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            handle?.Dispose();
        }
    }
}
