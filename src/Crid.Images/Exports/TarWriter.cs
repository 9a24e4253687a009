using System.Buffers.Binary;
using System.Text;

namespace Crid.Images;

/// <summary>Writes a tar archive of regular files with short names: ustar, and base 256 for sizes from 8 GiB.</summary>
internal sealed class TarWriter(Stream target)
{
    public void AddFile(string name, ReadOnlySpan<byte> content)
    {
        target.Write(MakeHeader(name, content.Length));
        target.Write(content);
        Pad(content.Length);
    }

    /// <summary>Adds a file whose size is known once it is written; the archive has to be seekable.</summary>
    public long AddFile(string name, Action<Stream> write)
    {
        long start = target.Position;
        target.Write(MakeHeader(name, 0));
        write(target);
        long end = target.Position;
        long size = end - start - TarHeader.Bytes;
        target.Position = start;
        target.Write(MakeHeader(name, size));
        target.Position = end;
        Pad(size);
        return size;
    }

    public void Complete() => target.Write(new byte[2 * TarHeader.Bytes]);

    private void Pad(long size) => target.Write(new byte[(int)(-size & (TarHeader.Bytes - 1))]);

    private static byte[] MakeHeader(string name, long size)
    {
        byte[] header = new byte[TarHeader.Bytes];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "0000000\0"u8.CopyTo(header.AsSpan(108));
        "0000000\0"u8.CopyTo(header.AsSpan(116));
        WriteSize(header.AsSpan(124, 12), size);
        "00000000000\0"u8.CopyTo(header.AsSpan(136));
        "        0"u8.CopyTo(header.AsSpan(148));
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
