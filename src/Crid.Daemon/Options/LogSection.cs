namespace Crid.Daemon;

/// <summary>The table <c>[log]</c>.</summary>
internal sealed record LogSection
{
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Text;
}
