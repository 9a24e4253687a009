using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>A complete image of this node, or an OCI artifact.</summary>
public sealed record Image
{
    public required ImageId Id { get; init; }

    /// <summary>Fully written <c>registry/repository:tag</c> names.</summary>
    public required IReadOnlyList<ImageReference> Tags { get; init; }

    /// <summary>Fully written <c>registry/repository@digest</c> names, digests as they were pulled.</summary>
    public required IReadOnlyList<ImageReference> Digests { get; init; }

    /// <summary>Bytes on disk of the unpacked layers; never 0.</summary>
    public required ulong Size { get; init; }

    /// <summary>How a container of it is run; says nothing for an artifact.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>What kind of artifact it is; null for a container image. An artifact has files but can't be run.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Diff ids, bottom first.</summary>
    public required IReadOnlyList<DiffId> Layers { get; init; }

    public bool Pinned { get; init; }
}
