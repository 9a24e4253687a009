namespace Crid.Runtimes;

/// <summary>One runtime handler: a name for an OCI runtime and how it is called.</summary>
public sealed record RuntimeHandlerOptions
{
    public required string Name { get; init; }

    /// <summary>Absolute path of the OCI runtime.</summary>
    public required string Path { get; init; }

    /// <summary>The runtime's state directory; null for one of its own below crid's.</summary>
    public string? Root { get; init; }

    /// <summary>Further options before the subcommand, for example <c>--debug</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    public HandlerRules Rules { get; init; } = new();
}
