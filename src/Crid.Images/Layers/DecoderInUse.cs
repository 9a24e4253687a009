using Crid.Linux;

namespace Crid.Images;

/// <summary>What layers of a compression are decompressed with on this machine.</summary>
/// <param name="Compression"><c>gzip</c> or <c>zstd</c>.</param>
/// <param name="Decoder">The library or program part that does it.</param>
/// <param name="Reason">Why it is not the faster library; empty where it is.</param>
public sealed record DecoderInUse(string Compression, string Decoder, string Reason)
{
    /// <summary>One for each compression.</summary>
    public static IReadOnlyList<DecoderInUse> All { get; } =
    [
        new("gzip", LayerDecoders.Fastest.Gzip, IsalInflater.Problem ?? ""),
        new("zstd", LayerDecoders.Fastest.Zstd, LibZstdDecoder.Problem ?? ""),
    ];
}
