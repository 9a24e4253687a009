using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The images of one name for several platforms: image-spec image-index.md.</summary>
public sealed record ImageIndex
{
    [JsonPropertyName("manifests")]
    public required IReadOnlyList<Descriptor> Manifests { get; init; }
}
