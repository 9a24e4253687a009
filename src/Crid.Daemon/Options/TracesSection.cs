namespace Crid.Daemon;

/// <summary>The table <c>[traces]</c>.</summary>
internal sealed record TracesSection
{
    /// <summary>Empty: no spans are made.</summary>
    public string Endpoint { get; init; } = "";

    public int SamplingPercent { get; init; } = 100;
}
