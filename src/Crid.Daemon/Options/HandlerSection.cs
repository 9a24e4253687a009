namespace Crid.Daemon;

/// <summary>A table <c>[runtimes.handlers.NAME]</c>.</summary>
internal sealed record HandlerSection
{
    /// <summary>An absolute path, or a name that is searched for.</summary>
    public string Path { get; init; } = "";
}
