using System.Buffers.Binary;
using Crid.Core;

namespace Crid.Images;

/// <summary>A block of 512 bytes that describes an entry: tar(5), ustar and GNU forms.</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    public const int Bytes = 512;

    private readonly ReadOnlySpan<byte> _block = block;

    public byte Type => _block[156];

    public bool IsZero => !_block.ContainsAnyExcept((byte)0);

    public ReadOnlySpan<byte> LinkName => ReadText(157, 100);

    public uint Permissions => (uint)ReadNumber(100, 8) & 0xFFF;

    public long UserId => ReadNumber(108, 8);

    public long GroupId => ReadNumber(116, 8);

    public long Size => ReadNumber(124, 12);

    public long Modified => ReadNumber(136, 12);

    /// <summary>Bytes of a sparse file of GNU's old form, holes included.</summary>
    public long SparseSize => ReadNumber(483, 12);

    /// <summary>The first four extents of a sparse file of GNU's old form.</summary>
    public ReadOnlySpan<byte> SparseExtents => _block.Slice(386, 96);

    /// <summary>True where a block with more extents follows.</summary>
    public bool HasMoreExtents => _block[482] != 0;

    public long DeviceMajor => ReadNumber(329, 8);

    public long DeviceMinor => ReadNumber(337, 8);

    /// <summary>The same header, independent of the buffer that it was read from.</summary>
    public TarHeader Copy() => new(_block.ToArray());

    /// <summary>The name, with the prefix field of ustar in front; GNU's form keeps times where the prefix would be.</summary>
    public byte[] ReadName()
    {
        ReadOnlySpan<byte> name = ReadText(0, 100);
        bool ustar = _block[257..263].SequenceEqual("ustar\0"u8);
        ReadOnlySpan<byte> prefix = ustar ? ReadText(345, 155) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    /// <summary>The sum of all bytes with blanks in the place of the sum itself; some old writers added signed bytes.</summary>
    public bool HasValidChecksum()
    {
        long unsignedSum = 8 * ' ';
        long signedSum = 8 * ' ';
        for (int i = 0; i < Bytes; i++)
        {
            if (i is < 148 or >= 156)
            {
                unsignedSum += _block[i];
                signedSum += (sbyte)_block[i];
            }
        }

        long expected = ReadNumber(148, 8);
        return expected == unsignedSum || expected == signedSum;
    }

    /// <summary>A number in octal digits or, where its first bit is set, in base 256.</summary>
    public static long ParseNumber(ReadOnlySpan<byte> field) => (field[0] & 0x80) != 0 ? ReadBinary(field) : ReadOctal(field);

    private ReadOnlySpan<byte> ReadText(int offset, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(offset, length);
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private long ReadNumber(int offset, int length) => ParseNumber(_block.Slice(offset, length));

    // GNU's base-256: a big-endian number in two's complement whose first bit marks the form.
    private static long ReadBinary(ReadOnlySpan<byte> field)
    {
        bool negative = (field[0] & 0x40) != 0;
        Span<byte> wide = stackalloc byte[16];
        wide.Fill(negative ? (byte)0xFF : (byte)0);
        field.CopyTo(wide[(16 - field.Length)..]);
        wide[16 - field.Length] = negative ? field[0] : (byte)(field[0] & 0x7F);
        Int128 value = BinaryPrimitives.ReadInt128BigEndian(wide);
        return value >= long.MinValue && value <= long.MaxValue
            ? (long)value
            : throw CridException.InvalidArgument("the archive has a number out of range");
    }

    private static long ReadOctal(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> digits = field.Trim(" \0"u8);
        long value = 0;
        foreach (byte digit in digits)
        {
            // What follows a terminator is left over from an earlier use of the block.
            if (digit is 0 or (byte)' ')
            {
                break;
            }

            if (digit is < (byte)'0' or > (byte)'7')
            {
                throw CridException.InvalidArgument("the archive has a malformed number");
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }
}
