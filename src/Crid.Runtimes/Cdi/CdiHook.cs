namespace Crid.Runtimes;

/// <summary>A hook of a CDI device.</summary>
internal sealed record CdiHook
{
    /// <summary>The stage, as the runtime specification calls it.</summary>
    public required string HookName { get; init; }

    public required string Path { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public int? Timeout { get; init; }
}
