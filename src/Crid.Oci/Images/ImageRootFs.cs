using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The layers of an image by the digests of their uncompressed tars, bottom first.</summary>
public sealed record ImageRootFs
{
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<string> DiffIds { get; init; } = [];
}
