using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>The class of cache and memory bandwidth that a CDI device asks for; crid has none, and refuses the device.</summary>
internal sealed record CdiIntelRdt
{
    [JsonPropertyName("closID")]
    public string? ClosId { get; init; }

    public string? L3CacheSchema { get; init; }

    public string? MemBwSchema { get; init; }

    public IReadOnlyList<string>? Schemata { get; init; }

    public bool? EnableMonitoring { get; init; }
}
