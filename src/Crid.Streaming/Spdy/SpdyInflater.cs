using System.Buffers.Binary;

namespace Crid.Streaming;

/// <summary>
/// Expands the header blocks of one direction of a connection. They are one zlib stream (RFC 1950, RFC 1951) that is primed with
/// <see cref="SpdyDictionary"/> and flushed to a byte boundary after each block, so a block is expanded in one go. What a block may expand
/// to is bounded before anything is written.
/// </summary>
internal sealed class SpdyInflater(int limit)
{
    private const int Window = 32 * 1024;
    private const int EndOfBlock = 256;
    private const int LiteralCodes = 288;
    private const int DistanceCodes = 32;

    // The fixed codes have symbols beyond these, which mean nothing.
    private const int MaxLiterals = 286;
    private const int MaxDistances = 30;

    private static readonly DeflateCode FixedLiterals = new DeflateCode(LiteralCodes).Build(FixedLengths());
    private static readonly DeflateCode FixedDistances = new DeflateCode(DistanceCodes).Build(Enumerable.Repeat((byte)5, DistanceCodes).ToArray());

    private readonly DeflateCode _literals = new(LiteralCodes);
    private readonly DeflateCode _distances = new(DistanceCodes);
    private readonly DeflateCode _lengths = new(19);
    private readonly byte[] _codeLengths = new byte[MaxLiterals + MaxDistances];

    // The last 32 KiB and behind them the block that is being expanded; grows with what is used.
    private byte[] _text = new byte[4096];
    private int _length;
    private int _end;
    private bool _started;

    private static ReadOnlySpan<byte> LengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static ReadOnlySpan<ushort> LengthBases => [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static ReadOnlySpan<byte> LengthBits => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> DistanceBases =>
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static ReadOnlySpan<byte> DistanceBits => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    /// <summary>Expands one block; the result is valid until the next call.</summary>
    /// <exception cref="SpdyException">The block is not deflate, is cut short, or expands to more than the limit.</exception>
    public ReadOnlySpan<byte> Inflate(ReadOnlySpan<byte> block)
    {
        if (!_started)
        {
            block = Start(block);
        }

        if (_length > Window)
        {
            _text.AsSpan(_length - Window, Window).CopyTo(_text);
            _length = Window;
        }

        int start = _length;
        _end = start + limit;
        DeflateBits bits = new(block);
        while (!bits.IsAtEnd)
        {
            ReadBlock(ref bits);
        }

        if (bits.Pending != 0)
        {
            throw new SpdyException("a compressed header block was not flushed");
        }

        return _text.AsSpan(start, _length - start);
    }

    private static byte[] FixedLengths()
    {
        byte[] lengths = new byte[LiteralCodes];
        lengths.AsSpan(0, 144).Fill(8);
        lengths.AsSpan(144, 112).Fill(9);
        lengths.AsSpan(256, 24).Fill(7);
        lengths.AsSpan(280).Fill(8);
        return lengths;
    }

    /// <summary>Reads the zlib header, which stands before the first block only. One without a dictionary is accepted as well.</summary>
    private ReadOnlySpan<byte> Start(ReadOnlySpan<byte> block)
    {
        const int Deflate = 8;
        const int HasDictionary = 0x20;
        if (block.Length < 2 || (block[0] & 0x0F) != Deflate || block[0] >> 4 > 7 || BinaryPrimitives.ReadUInt16BigEndian(block) % 31 != 0)
        {
            throw new SpdyException("the first header block is not a zlib stream");
        }

        _started = true;
        if ((block[1] & HasDictionary) == 0)
        {
            return block[2..];
        }

        if (block.Length < 6 || BinaryPrimitives.ReadUInt32BigEndian(block[2..]) != SpdyDictionary.Id)
        {
            throw new SpdyException("the header blocks use an unknown dictionary");
        }

        SpdyDictionary.Bytes.CopyTo(_text);
        _length = SpdyDictionary.Bytes.Length;
        return block[6..];
    }

    private void ReadBlock(ref DeflateBits bits)
    {
        if (bits.Take(1) != 0)
        {
            throw new SpdyException("the peer has ended its header compression");
        }

        switch (bits.Take(2))
        {
            case 0:
                ReadStored(ref bits);
                break;
            case 1:
                ReadSymbols(ref bits, FixedLiterals, FixedDistances);
                break;
            case 2:
                ReadCodes(ref bits);
                ReadSymbols(ref bits, _literals, _distances);
                break;
            default:
                throw new SpdyException("a compressed header block has an unknown type");
        }
    }

    private void ReadStored(ref DeflateBits bits)
    {
        ReadOnlySpan<byte> sizes = bits.TakeBytes(4);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(sizes);
        if ((length ^ BinaryPrimitives.ReadUInt16LittleEndian(sizes[2..])) != 0xFFFF)
        {
            throw new SpdyException("a stored block has a damaged length");
        }

        Reserve(length);
        bits.TakeBytes(length).CopyTo(_text.AsSpan(_length));
        _length += length;
    }

    private void ReadCodes(ref DeflateBits bits)
    {
        int literals = bits.Take(5) + 257;
        int distances = bits.Take(5) + 1;
        int lengths = bits.Take(4) + 4;
        if (literals > MaxLiterals || distances > MaxDistances)
        {
            throw new SpdyException("a compressed header block describes too many codes");
        }

        Span<byte> ofLengths = stackalloc byte[19];
        ofLengths.Clear();
        for (int i = 0; i < lengths; i++)
        {
            ofLengths[LengthOrder[i]] = (byte)bits.Take(3);
        }

        _lengths.Build(ofLengths);
        Span<byte> all = _codeLengths.AsSpan(0, literals + distances);
        ReadLengths(ref bits, all);
        _literals.Build(all[..literals]);
        _distances.Build(all[literals..]);
    }

    /// <summary>Reads the lengths of literal and distance codes, which are run-length coded as one list.</summary>
    private void ReadLengths(ref DeflateBits bits, Span<byte> lengths)
    {
        int at = 0;
        while (at < lengths.Length)
        {
            int symbol = _lengths.Decode(ref bits);
            if (symbol < 16)
            {
                lengths[at++] = (byte)symbol;
                continue;
            }

            if (symbol == 16 && at == 0)
            {
                throw new SpdyException("a compressed header block repeats a length before the first");
            }

            byte repeated = symbol == 16 ? lengths[at - 1] : (byte)0;
            int count = symbol switch { 16 => 3 + bits.Take(2), 17 => 3 + bits.Take(3), _ => 11 + bits.Take(7) };
            if (count > lengths.Length - at)
            {
                throw new SpdyException("a compressed header block repeats a length too often");
            }

            lengths.Slice(at, count).Fill(repeated);
            at += count;
        }
    }

    private void ReadSymbols(ref DeflateBits bits, DeflateCode literals, DeflateCode distances)
    {
        while (true)
        {
            int symbol = literals.Decode(ref bits);
            if (symbol == EndOfBlock)
            {
                return;
            }

            if (symbol < EndOfBlock)
            {
                Reserve(1);
                _text[_length++] = (byte)symbol;
                continue;
            }

            int kind = symbol - EndOfBlock - 1;
            if (kind >= LengthBases.Length)
            {
                throw new SpdyException("a compressed header block has an unknown length code");
            }

            int length = LengthBases[kind] + bits.Take(LengthBits[kind]);
            int far = distances.Decode(ref bits);
            if (far >= DistanceBases.Length)
            {
                throw new SpdyException("a compressed header block has an unknown distance code");
            }

            Repeat(DistanceBases[far] + bits.Take(DistanceBits[far]), length);
        }
    }

    /// <summary>Copies from what was written before; the copy may overlap itself and so goes byte by byte.</summary>
    private void Repeat(int distance, int length)
    {
        if (distance > _length)
        {
            throw new SpdyException("a compressed header block refers to text before its beginning");
        }

        Reserve(length);
        for (int i = 0; i < length; i++)
        {
            _text[_length] = _text[_length - distance];
            _length++;
        }
    }

    private void Reserve(int count)
    {
        if (count > _end - _length)
        {
            throw new SpdyException($"a header block expands to more than {limit} bytes");
        }

        if (count > _text.Length - _length)
        {
            Array.Resize(ref _text, Math.Min(Math.Max(_text.Length * 2, _length + count), Window + limit));
        }
    }
}
