using System.IO.Compression;
using Crid.Linux;

namespace Crid.Images;

/// <summary>What layers are decompressed with.</summary>
/// <param name="UseIsal">gzip through libisal instead of .NET's zlib.</param>
/// <param name="UseLibZstd">zstd through libzstd instead of managed code.</param>
internal sealed record LayerDecoders(bool UseIsal, bool UseLibZstd)
{
    /// <summary>The fastest that are installed.</summary>
    public static LayerDecoders Fastest { get; } = new(IsalInflater.Problem is null, LibZstdDecoder.Problem is null);

    public string Gzip => UseIsal ? "libisal" : ".NET's zlib-ng";

    public string Zstd => UseLibZstd ? "libzstd" : "ZstdSharp";

    /// <summary>The uncompressed content of a stream, which tells by its first bytes what it is: they are more reliable than the types that tools write.</summary>
    /// <param name="input">The stream. Members of gzip and frames of zstd may follow each other.</param>
    /// <param name="memory">What the decoder takes its window from.</param>
    public Stream Open(ChunkStream input, WindowLease memory)
    {
        ReadOnlySpan<byte> start = input.Peek();
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]))
        {
            return UseIsal ? new GzipMembers(input, new IsalInflater()) : new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
        }

        return IsZstd(start) ? new ZstdFrames(input, memory, CreateZstd) : input;
    }

    private IStreamDecoder CreateZstd(int windowLog) => UseLibZstd ? new LibZstdDecoder(windowLog) : new ManagedZstdDecoder(windowLog);

    // A frame, or one of the sixteen kinds of frames to skip, which may come first.
    private static bool IsZstd(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || (start.Length >= 4 && (start[0] & 0xF0) == 0x50 && start[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]));
}
