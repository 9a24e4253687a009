using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The config of an image: image-spec config.md. Only what a runtime reads; unknown members are ignored.</summary>
public sealed record ImageConfig
{
    [JsonPropertyName("created")]
    public string? Created { get; init; }

    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    [JsonPropertyName("os")]
    public string? Os { get; init; }

    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    [JsonPropertyName("config")]
    public ImageExecutionConfig? Config { get; init; }

    [JsonPropertyName("rootfs")]
    public ImageRootFs? RootFs { get; init; }

    /// <summary>Manifests have this, configs never: one that is passed off as the other would have its digest as the id of something else.</summary>
    [JsonPropertyName("layers")]
    public JsonElement? LayersOfManifest { get; init; }
}
