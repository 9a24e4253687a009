using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Crid.Images;

/// <summary>Writes a tar archive: ustar, PAX records for long names, and base 256 for sizes from 8 GiB.</summary>
internal sealed class TarWriter(Stream target)
{
    private const int MaxNameBytes = 100;
    private const int FileMode = 0x1A4; // 0644

    public void AddFile(string name, ReadOnlySpan<byte> content)
    {
        AddHeader(Encoding.ASCII.GetBytes(name), content.Length, (byte)'0', FileMode);
        target.Write(content);
        Pad(content.Length);
    }

    /// <summary>Adds a file whose size is known once it is written; the archive has to be seekable.</summary>
    public long AddFile(string name, Action<Stream> write)
    {
        byte[] path = Encoding.ASCII.GetBytes(name);
        long start = target.Position;
        target.Write(MakeHeader(path, 0, (byte)'0', FileMode));
        write(target);
        long end = target.Position;
        long size = end - start - TarHeader.Bytes;
        target.Position = start;
        target.Write(MakeHeader(path, size, (byte)'0', FileMode));
        target.Position = end;
        Pad(size);
        return size;
    }

    /// <summary>Adds what stands before the content of an entry.</summary>
    public void AddHeader(ReadOnlySpan<byte> name, long size, byte type, int mode)
    {
        if (name.Length > MaxNameBytes)
        {
            byte[] record = MakePathRecord(name);
            target.Write(MakeHeader("./PaxHeader"u8, record.Length, (byte)'x', FileMode));
            target.Write(record);
            Pad(record.Length);
        }

        target.Write(MakeHeader(name[..Math.Min(name.Length, MaxNameBytes)], size, type, mode));
    }

    public void Complete() => target.Write(new byte[2 * TarHeader.Bytes]);

    /// <summary>The empty bytes that follow content of a size.</summary>
    public static int PaddingOf(long size) => (int)(-size & (TarHeader.Bytes - 1));

    private void Pad(long size) => target.Write(new byte[PaddingOf(size)]);

    // The length at the beginning of a record counts its own digits.
    private static byte[] MakePathRecord(ReadOnlySpan<byte> name)
    {
        int rest = " path=\n".Length + name.Length;
        int length = rest + 1;
        while (length != rest + DigitsOf(length))
        {
            length = rest + DigitsOf(length);
        }

        return [.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), .. " path="u8, .. name, (byte)'\n'];
    }

    private static int DigitsOf(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte[] MakeHeader(ReadOnlySpan<byte> name, long size, byte type, int mode)
    {
        byte[] header = new byte[TarHeader.Bytes];
        name.CopyTo(header);
        Encoding.ASCII.GetBytes(Convert.ToString(mode, 8).PadLeft(7, '0') + "\0").CopyTo(header, 100);
        "0000000\0"u8.CopyTo(header.AsSpan(108));
        "0000000\0"u8.CopyTo(header.AsSpan(116));
        WriteSize(header.AsSpan(124, 12), size);
        "00000000000\0"u8.CopyTo(header.AsSpan(136));
        "        "u8.CopyTo(header.AsSpan(148));
        header[156] = type;
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }

    private static void WriteSize(Span<byte> field, long size)
    {
        if (size < 1L << 33)
        {
            Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(field);
            return;
        }

        field[0] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(field[4..], size);
    }
}
