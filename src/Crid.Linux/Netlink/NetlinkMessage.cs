using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A message as netlink(7) sends it: a header of 16 bytes, then the body.</summary>
internal readonly ref struct NetlinkMessage
{
    public const ushort Error = 2;
    public const ushort Done = 3;
    private const int HeaderLength = 16;

    private NetlinkMessage(ReadOnlySpan<byte> bytes)
    {
        Type = MemoryMarshal.Read<ushort>(bytes[4..]);
        Sequence = MemoryMarshal.Read<uint>(bytes[8..]);
        Body = bytes[HeaderLength..];
    }

    public ushort Type { get; }

    public uint Sequence { get; }

    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Of a message of type <see cref="Error"/>; 0 acknowledges.</summary>
    public int ErrorNumber => -MemoryMarshal.Read<int>(Body);

    /// <summary>Takes the first message off a buffer; false where no whole one is left.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> buffer, out NetlinkMessage message)
    {
        message = default;
        if (buffer.Length < HeaderLength)
        {
            return false;
        }

        int length = MemoryMarshal.Read<int>(buffer);
        if (length < HeaderLength || length > buffer.Length)
        {
            return false;
        }

        message = new NetlinkMessage(buffer[..length]);
        buffer = buffer[Math.Min(buffer.Length, Align(length))..];
        return true;
    }

    /// <summary>Messages and attributes begin at multiples of four bytes.</summary>
    public static int Align(int length) => (length + 3) & ~3;
}
