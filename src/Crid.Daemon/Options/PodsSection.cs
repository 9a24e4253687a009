namespace Crid.Daemon;

/// <summary>The table <c>[pods]</c>.</summary>
internal sealed record PodsSection
{
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromMinutes(4);

    public TimeSpan UndoTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
