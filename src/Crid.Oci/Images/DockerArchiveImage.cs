using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>An element of the <c>manifest.json</c> of an archive that <c>docker save</c> wrote: paths within the archive.</summary>
public sealed record DockerArchiveImage
{
    [JsonPropertyName("Config")]
    public required string Config { get; init; }

    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string>? RepoTags { get; init; }

    [JsonPropertyName("Layers")]
    public required IReadOnlyList<string> Layers { get; init; }
}
