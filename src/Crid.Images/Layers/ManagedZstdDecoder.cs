using System.Buffers;
using Crid.Linux;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Crid.Images;

/// <summary>Decompresses frames of zstd in managed code, where the system has no libzstd.</summary>
internal sealed class ManagedZstdDecoder : IStreamDecoder
{
    private readonly Decompressor _decompressor = new();

    // The decompressor goes on into the next frame, whose memory nobody was asked for, unless it is shown one frame alone.
    private ZstdFrameWalk _walk = new();

    /// <param name="windowLog">The largest window that a frame may ask for, as a power of two.</param>
    public ManagedZstdDecoder(int windowLog) => _decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, windowLog);

    public DecodedPiece Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int consumed = 0;
        int written = 0;
        int taken;
        int made;
        do
        {
            ReadOnlySpan<byte> part = input.Slice(consumed, _walk.Limit(input.Length - consumed));
            (taken, made) = DecodePart(part, output[written..]);
            _walk.Advance(part[..taken]);
            consumed += taken;
            written += made;
        }
        while (taken + made > 0 && written < output.Length);
        return new DecodedPiece(consumed, written, _walk.IsEnd && written < output.Length);
    }

    public void Reset()
    {
        _decompressor.ResetStream();
        _walk = new ZstdFrameWalk();
    }

    public void Dispose() => _decompressor.Dispose();

    private (int Taken, int Made) DecodePart(ReadOnlySpan<byte> part, Span<byte> output)
    {
        try
        {
            return _decompressor.UnwrapStream(part, output, out int taken, out int made) == OperationStatus.InvalidData
                ? throw new InvalidDataException("zstd: the data is damaged")
                : (taken, made);
        }
        catch (ZstdException exception)
        {
            throw new InvalidDataException($"zstd: {exception.Message}", exception);
        }
    }
}
