using Crid.Linux;

namespace Crid.Images;

/// <summary>The content of gzip members that follow each other; what comes behind them and is none is left alone: RFC 1952.</summary>
internal sealed class GzipMembers(ChunkStream input, IStreamDecoder inflater) : ReadOnlyStream
{
    private const byte FirstMagic = 0x1F;
    private const byte SecondMagic = 0x8B;
    private const byte Deflate = 8;
    private const int FixedFields = 6; // time, flags of the compressor, operating system

    private bool _isInside;
    private bool _isComplete;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && (_isInside || TryBegin()))
        {
            ReadOnlySpan<byte> piece = input.Peek();
            DecodedPiece decoded = inflater.Decode(piece, buffer);
            input.Advance(decoded.Consumed);
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
        inflater.Dispose();
        base.Dispose(disposing);
    }

    private bool TryBegin()
    {
        _isComplete |= !IsNext(FirstMagic) || !IsNext(SecondMagic);
        if (_isComplete)
        {
            return false;
        }

        SkipHeader();
        inflater.Reset();
        return _isInside = true;
    }

    private bool IsNext(byte expected)
    {
        ReadOnlySpan<byte> rest = input.Peek();
        if (rest.IsEmpty || rest[0] != expected)
        {
            return false;
        }

        input.Advance(1);
        return true;
    }

    private void SkipHeader()
    {
        byte method = input.Take();
        HeaderFields fields = (HeaderFields)input.Take();
        if (method != Deflate || (fields | HeaderFields.All) != HeaderFields.All)
        {
            throw new InvalidDataException("a gzip member has a header that RFC 1952 does not know");
        }

        input.Skip(FixedFields);
        if (fields.HasFlag(HeaderFields.Extra))
        {
            input.Skip(input.Take() | (input.Take() << 8));
        }

        SkipText(fields.HasFlag(HeaderFields.Name));
        SkipText(fields.HasFlag(HeaderFields.Comment));
        if (fields.HasFlag(HeaderFields.Checksum))
        {
            input.Skip(sizeof(ushort));
        }
    }

    private void SkipText(bool isThere)
    {
        while (isThere && input.Take() != 0)
        {
        }
    }

    [Flags]
    private enum HeaderFields : byte
    {
        Text = 1,
        Checksum = 2,
        Extra = 4,
        Name = 8,
        Comment = 16,
        All = Text | Checksum | Extra | Name | Comment,
    }
}
