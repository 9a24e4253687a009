using System.Buffers.Binary;

namespace Crid.Images;

/// <summary>The header of a zstd frame: RFC 8878, section 3.1.1.1.</summary>
internal static class ZstdFrameHeader
{
    public const uint Magic = 0xFD2FB528;
    public const uint SkippableMagic = 0x184D2A50;
    public const uint SkippableMask = 0xFFFFFFF0;

    /// <summary>Magic number, descriptor, window, dictionary and content size.</summary>
    public const int MostBytes = 4 + 1 + 1 + 4 + 8;

    private const int SingleSegment = 0x20;

    /// <summary>How many bytes of header follow the descriptor.</summary>
    public static int BytesAfterDescriptor(byte descriptor) => WindowBytes(descriptor) + DictionaryBytes(descriptor) + ContentBytes(descriptor);

    /// <summary>Bytes that a decoder of the frame has to remember, from the descriptor and what follows it; huge where the frame asks for a huge amount.</summary>
    public static long ReadWindow(ReadOnlySpan<byte> header)
    {
        byte descriptor = header[0];
        if (WindowBytes(descriptor) == 1)
        {
            long size = 1L << (10 + (header[1] >> 3));
            return size + (size / 8 * (header[1] & 7));
        }

        // Without a window the frame is remembered whole.
        ReadOnlySpan<byte> content = header[(1 + DictionaryBytes(descriptor))..];
        ulong bytes = ContentBytes(descriptor) switch
        {
            1 => content[0],
            2 => 256u + BinaryPrimitives.ReadUInt16LittleEndian(content),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(content),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(content),
        };
        return (long)Math.Min(bytes, 1UL << 62);
    }

    private static int WindowBytes(byte descriptor) => (descriptor & SingleSegment) == 0 ? 1 : 0;

    private static int DictionaryBytes(byte descriptor) => (descriptor & 3) switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        _ => 4,
    };

    private static int ContentBytes(byte descriptor) => (descriptor >> 6) switch
    {
        0 => (descriptor & SingleSegment) == 0 ? 0 : 1,
        1 => 2,
        2 => 4,
        _ => 8,
    };
}
