namespace Crid.Streaming;

/// <summary>Reads a deflate stream bit by bit, least significant first, and never past its end.</summary>
internal ref struct DeflateBits(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private uint _bits;
    private int _count;

    /// <summary>Bits of the last byte taken that nobody has asked for; fewer than eight.</summary>
    public readonly int Pending => _count;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Takes up to 16 bits.</summary>
    public int Take(int count)
    {
        while (_count < count)
        {
            if (_rest.IsEmpty)
            {
                throw new SpdyException("a compressed header block ends within a symbol");
            }

            _bits |= (uint)_rest[0] << _count;
            _rest = _rest[1..];
            _count += 8;
        }

        int value = (int)(_bits & ((1u << count) - 1));
        _bits >>= count;
        _count -= count;
        return value;
    }

    /// <summary>Drops the rest of the current byte and takes whole bytes.</summary>
    public ReadOnlySpan<byte> TakeBytes(int count)
    {
        _bits = 0;
        _count = 0;
        if (_rest.Length < count)
        {
            throw new SpdyException("a compressed header block ends within a stored block");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
