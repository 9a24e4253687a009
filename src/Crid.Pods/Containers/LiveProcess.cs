namespace Crid.Pods;

/// <summary>The process of a container that has not been recorded as exited.</summary>
internal sealed class LiveProcess(IProcess? handle) : IDisposable
{
    private readonly TaskCompletionSource _recorded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once the exit is in the container's status.</summary>
    public Task Recorded => _recorded.Task;

    /// <summary>Null where it had ended before it could be opened.</summary>
    public IProcess? Handle => handle;

    public void Signal(int signal) => handle?.Signal(signal);

    public void MarkRecorded() => _recorded.TrySetResult();

    public void Dispose() => handle?.Dispose();
}
