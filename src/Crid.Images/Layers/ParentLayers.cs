namespace Crid.Images;

/// <summary>The layers below one that is being unpacked: most layers never ask for them; the few that do wait until they are complete.</summary>
internal sealed class ParentLayers
{
    // Not disposed: a fetch that others joined may outlive the pull that began it.
    private readonly ManualResetEventSlim _ready = new();
    private IReadOnlyList<string>? _directories;

    /// <summary>Called by the waiting thread before it waits, so that it gives up its place to the layers it waits for.</summary>
    public Action? Waiting { get; set; }

    /// <summary>All layers below are complete; their directories, top first.</summary>
    public void Complete(IReadOnlyList<string> directories)
    {
        _directories = directories;
        _ready.Set();
    }

    public bool IsAbandoned => _ready.IsSet && _directories is null;

    /// <summary>The operation that was to complete the layers below ended without them.</summary>
    public void Abandon() => _ready.Set();

    /// <summary>Directories of the layers below, top first. For threads of their own; fails when they were abandoned.</summary>
    /// <exception cref="ParentsAbandonedException">The layers below never come.</exception>
    public IReadOnlyList<string> Wait(CancellationToken cancellationToken)
    {
        if (!_ready.IsSet)
        {
            Waiting?.Invoke();
        }

        _ready.Wait(cancellationToken);
        return _directories ?? throw new ParentsAbandonedException();
    }
}
