using Crid.Core;

namespace Crid.Images;

/// <summary>A layer at its place in a stack, and where to get it from.</summary>
internal sealed record LayerRequest
{
    public required DiffId DiffId { get; init; }

    public required ChainId ChainId { get; init; }

    /// <summary>Digest of the compressed archive; null where nothing names it.</summary>
    public required BlobDigest? Blob { get; init; }

    /// <summary>Compressed bytes, for progress.</summary>
    public required long Size { get; init; }

    /// <summary>Opens the compressed archive.</summary>
    public required Func<Stream> Open { get; init; }
}
