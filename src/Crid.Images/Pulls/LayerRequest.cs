using Crid.Core;

namespace Crid.Images;

/// <summary>A layer at its place in a stack, and where to get it from.</summary>
internal sealed record LayerRequest
{
    /// <summary>What a layer is found by that is right in every stack: see <see cref="LayerKey"/>.</summary>
    public required string Key { get; init; }

    /// <summary>What it is found by where it is only right above the layers below it.</summary>
    public required string KeyAboveParents { get; init; }

    /// <summary>What it has to unpack to; null where nothing says so.</summary>
    public DiffId? DiffId { get; init; }

    /// <summary>Its archive is complete by itself, whatever is below it.</summary>
    public bool StandsAlone { get; init; }

    /// <summary>Digest of the compressed archive; null where nothing names it.</summary>
    public required BlobDigest? Blob { get; init; }

    /// <summary>Compressed bytes, for progress.</summary>
    public required long Size { get; init; }

    /// <summary>The registry that it comes from; empty where it comes from this machine. Pulls share downloads from one registry only.</summary>
    public string Registry { get; init; } = "";

    /// <summary>Opens the compressed archive.</summary>
    public required Func<Stream> Open { get; init; }

    /// <summary>A layer of a container image.</summary>
    public static LayerRequest Of(DiffId diffId, ChainId chainId, BlobDigest? blob, long size, Func<Stream> open) => new()
    {
        Key = LayerKey.ForAnyStack(diffId),
        KeyAboveParents = LayerKey.ForOneStack(chainId),
        DiffId = diffId,
        Blob = blob,
        Size = size,
        Open = open,
    };
}
