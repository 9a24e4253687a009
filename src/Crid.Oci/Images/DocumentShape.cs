using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The members by which a manifest, an index and the formats that are refused are told apart.</summary>
internal sealed record DocumentShape
{
    [JsonPropertyName("schemaVersion")]
    public int? SchemaVersion { get; init; }

    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    [JsonPropertyName("config")]
    public JsonElement? Config { get; init; }

    [JsonPropertyName("layers")]
    public JsonElement? Layers { get; init; }

    [JsonPropertyName("manifests")]
    public JsonElement? Manifests { get; init; }

    [JsonPropertyName("fsLayers")]
    public JsonElement? SignedLayers { get; init; }
}
