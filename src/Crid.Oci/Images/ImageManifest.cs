using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The config and the layers of one image: image-spec manifest.md; Docker's schema 2 has the same members.</summary>
public sealed record ImageManifest
{
    [JsonPropertyName("config")]
    public required Descriptor Config { get; init; }

    /// <summary>Bottom first.</summary>
    [JsonPropertyName("layers")]
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
