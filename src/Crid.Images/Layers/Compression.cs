using System.IO.Compression;
using ZstdSharp;

namespace Crid.Images;

/// <summary>Tells compressed archives apart by their first bytes, which are more reliable than the types that tools write.</summary>
internal static class Compression
{
    /// <summary>The uncompressed content of a stream. Members of gzip and frames of zstd may follow each other.</summary>
    public static Stream OpenDecompressed(ChunkStream input)
    {
        ReadOnlySpan<byte> start = input.Peek();
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]))
        {
            return new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
        }

        return IsZstd(start) ? new DecompressionStream(input, Chunk.Bytes, checkEndOfStream: true, leaveOpen: true) : input;
    }

    // A frame, or one of the sixteen kinds of frames to skip, which may come first.
    private static bool IsZstd(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || (start.Length >= 4 && (start[0] & 0xF0) == 0x50 && start[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]));
}
