namespace Crid.Pods;

/// <summary>The end of a container on its way into the database, which may have to be tried again and again.</summary>
internal sealed class ExitRecording
{
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? _failure;

    /// <summary>Completes when it was tried for the first time.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Completes when it is stored, or given up because the service closes.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Why the last try failed; null before that.</summary>
    public Exception? Failure => _failure;

    public void Fail(Exception failure)
    {
        _failure = failure;
        _tried.TrySetResult();
    }

    /// <summary>Ends a pause between two tries.</summary>
    public void Hurry() => _hurried.TrySetResult();

    /// <summary>The pause between two tries.</summary>
    public async Task WaitAsync(TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        await _hurried.Task.WaitAsync(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hurried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void End()
    {
        _tried.TrySetResult();
        _ended.TrySetResult();
    }
}
