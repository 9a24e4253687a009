using System.Buffers.Binary;
using Crid.Linux;

namespace Crid.Images;

/// <summary>
/// The content of zstd frames that follow each other, with frames to skip between them: RFC 8878. Each frame says how much memory it takes to
/// decode; that is asked for before a decoder gets it.
/// </summary>
internal sealed class ZstdFrames(ChunkStream input, WindowLease memory, Func<int, IStreamDecoder> create) : ReadOnlyStream
{
    private const int MagicBytes = 4;
    private const int LeastWindowLog = 10;

    private readonly byte[] _header = new byte[ZstdFrameHeader.MostBytes];
    private IStreamDecoder? _decoder;
    private int _windowLog;
    private int _headerBytes;
    private int _headerRead;
    private bool _isInside;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && (_isInside || TryBegin()))
        {
            // The header was looked at already; the decoder has to see it too.
            bool isHeader = _headerRead < _headerBytes;
            ReadOnlySpan<byte> piece = isHeader ? _header.AsSpan(_headerRead.._headerBytes) : input.Peek();
            DecodedPiece decoded = _decoder!.Decode(piece, buffer);
            Advance(isHeader, decoded.Consumed);
            _isInside = !decoded.IsEnd;
            if (decoded.Written > 0)
            {
                return decoded.Written;
            }

            if (decoded is { IsEnd: false, Consumed: 0 })
            {
                throw new EndOfStreamException("it ends in the middle");
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        _decoder?.Dispose();
        base.Dispose(disposing);
    }

    private void Advance(bool isHeader, int count)
    {
        if (isHeader)
        {
            _headerRead += count;
        }
        else
        {
            input.Advance(count);
        }
    }

    private bool TryBegin()
    {
        while (!input.Peek().IsEmpty)
        {
            ReadHeader(0, MagicBytes);
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(_header);
            if (magic == ZstdFrameHeader.Magic)
            {
                BeginFrame();
                return true;
            }

            if ((magic & ZstdFrameHeader.SkippableMask) != ZstdFrameHeader.SkippableMagic)
            {
                throw new InvalidDataException("something that is no zstd frame follows one");
            }

            ReadHeader(0, sizeof(uint));
            input.Skip(BinaryPrimitives.ReadUInt32LittleEndian(_header));
        }

        return false;
    }

    private void BeginFrame()
    {
        ReadHeader(MagicBytes, 1);
        int rest = ZstdFrameHeader.BytesAfterDescriptor(_header[MagicBytes]);
        ReadHeader(MagicBytes + 1, rest);
        _headerBytes = MagicBytes + 1 + rest;
        _headerRead = 0;
        long window = ZstdFrameHeader.ReadWindow(_header.AsSpan(MagicBytes, 1 + rest));
        int windowLog = LeastWindowLog;
        while (1L << windowLog < window)
        {
            windowLog++;
        }

        if (_decoder is null || windowLog > _windowLog)
        {
            // What the decoder had is free before more is asked for: a layer that waits for memory must hold none.
            _decoder?.Dispose();
            _decoder = null;
            memory.Change(1L << windowLog, input.Cancellation);
            _decoder = create(windowLog);
            _windowLog = windowLog;
        }

        _decoder.Reset();
        _isInside = true;
    }

    private void ReadHeader(int at, int count)
    {
        for (int i = at; i < at + count; i++)
        {
            _header[i] = input.Take();
        }
    }
}
