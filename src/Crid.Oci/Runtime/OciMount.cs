namespace Crid.Oci;

/// <summary>A mount in a container. Mounts are made in the order of the list.</summary>
public sealed record OciMount
{
    public required string Destination { get; init; }

    public required string Type { get; init; }

    public required string Source { get; init; }

    public required IReadOnlyList<string> Options { get; init; }

    /// <summary>How the owners of the files appear; null for as they are.</summary>
    public IReadOnlyList<OciIdMapping>? UidMappings { get; init; }

    public IReadOnlyList<OciIdMapping>? GidMappings { get; init; }
}
