namespace Crid.Images;

/// <summary>The layers below one that is being unpacked: most layers never ask for them; the few that do wait until they are complete.</summary>
internal sealed class ParentLayers
{
    private readonly TaskCompletionSource<IReadOnlyList<string>?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Called by the waiting thread before it waits, so that it gives up its place to the layers it waits for; or fails, where the layer is to begin
    /// again rather than wait.
    /// </summary>
    public Action? Waiting { get; set; }

    /// <summary>All layers below are complete; their directories, top first.</summary>
    public void Complete(IReadOnlyList<string> directories) => _ready.SetResult(directories);

    public bool IsAbandoned => _ready.Task is { IsCompletedSuccessfully: true, Result: null };

    /// <summary>The operation that was to complete the layers below ended without them.</summary>
    public void Abandon() => _ready.TrySetResult(null);

    /// <summary>Directories of the layers below, top first. For threads of their own; fails when they were abandoned.</summary>
    /// <exception cref="ParentsAbandonedException">The layers below never come.</exception>
    public IReadOnlyList<string> Wait(CancellationToken cancellationToken)
    {
        if (!_ready.Task.IsCompleted)
        {
            Waiting?.Invoke();
        }

#pragma warning disable VSTHRD002 // The thread is there to be blocked.
        _ready.Task.Wait(cancellationToken);
        return _ready.Task.Result ?? throw new ParentsAbandonedException();
#pragma warning restore VSTHRD002
    }

    /// <summary>Waits without a thread.</summary>
    /// <exception cref="ParentsAbandonedException">The layers below never come.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (await _ready.Task.WaitAsync(cancellationToken) is null)
        {
            throw new ParentsAbandonedException();
        }
    }
}
