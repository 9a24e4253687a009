namespace Crid.Streaming;

/// <summary>A canonical Huffman code (RFC 1951, section 3.2.2), rebuilt in place for every block.</summary>
internal sealed class DeflateCode(int symbols)
{
    public const int MaxLength = 15;

    // A code of a length is below _limits[length] if it is complete; _offsets leads from it to its symbol.
    private readonly int[] _limits = new int[MaxLength + 1];
    private readonly int[] _offsets = new int[MaxLength + 1];
    private readonly ushort[] _symbols = new ushort[symbols];

    /// <summary>Builds the code from the length of each symbol's code, 0 for a symbol that is not used.</summary>
    /// <exception cref="SpdyException">The lengths describe more codes than there are, or leave some without a symbol.</exception>
    public DeflateCode Build(ReadOnlySpan<byte> lengths)
    {
        Span<int> counts = stackalloc int[MaxLength + 1];
        counts.Clear();
        foreach (byte length in lengths)
        {
            counts[length]++;
        }

        counts[0] = 0;
        Span<int> places = stackalloc int[MaxLength + 1];
        int code = 0;
        int place = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            code <<= 1;
            places[length] = place;
            _offsets[length] = place - code;
            code += counts[length];
            place += counts[length];
            _limits[length] = code;
            if (code > 1 << length)
            {
                throw new SpdyException("a compressed header block has an impossible Huffman code");
            }
        }

        // A single code (or none, where a block has no distances) is the one incomplete code that compressors emit.
        if (place > 1 && code != 1 << MaxLength)
        {
            throw new SpdyException("a compressed header block has an incomplete Huffman code");
        }

        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
            {
                _symbols[places[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        return this;
    }

    public int Decode(ref DeflateBits bits)
    {
        int code = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            code = code << 1 | bits.Take(1);
            if (code < _limits[length])
            {
                return _symbols[_offsets[length] + code];
            }
        }

        throw new SpdyException("a compressed header block has a code without a symbol");
    }
}
