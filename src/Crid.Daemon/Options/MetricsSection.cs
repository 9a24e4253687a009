namespace Crid.Daemon;

/// <summary>The table <c>[metrics]</c>.</summary>
internal sealed record MetricsSection
{
    /// <summary>Empty: metrics are neither kept nor served.</summary>
    public string Listen { get; init; } = "";
}
