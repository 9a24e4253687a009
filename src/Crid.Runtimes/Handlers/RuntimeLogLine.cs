using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>A line of an OCI runtime's log in the format json.</summary>
internal sealed record RuntimeLogLine
{
    [JsonPropertyName("level")]
    public string Level { get; init; } = "";

    [JsonPropertyName("msg")]
    public string Message { get; init; } = "";
}
