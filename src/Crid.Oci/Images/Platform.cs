using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>What an image of an index runs on: image-spec image-index.md.</summary>
public sealed record Platform
{
    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    [JsonPropertyName("os")]
    public string? Os { get; init; }

    [JsonPropertyName("variant")]
    public string? Variant { get; init; }
}
