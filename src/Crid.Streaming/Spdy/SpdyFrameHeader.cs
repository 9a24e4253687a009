using System.Buffers.Binary;

namespace Crid.Streaming;

/// <summary>The eight bytes that begin every frame. A data frame has a stream id, a control frame a version and a type.</summary>
internal readonly record struct SpdyFrameHeader(bool IsControl, int Version, SpdyFrameType Type, uint StreamId, byte Flags, int Length)
{
    public const int Size = 8;
    public const byte Fin = 0x01;
    public const byte Unidirectional = 0x02;
    public const uint StreamIdMask = 0x7FFF_FFFF;

    private const ushort ControlBit = 0x8000;
    private const ushort ProtocolVersion = 3;
    private const int LengthMask = 0xFF_FFFF;

    public bool IsFin => (Flags & Fin) != 0;

    public bool IsSupportedVersion => Version == ProtocolVersion;

    public static SpdyFrameHeader Parse(ReadOnlySpan<byte> bytes)
    {
        uint first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        uint second = BinaryPrimitives.ReadUInt32BigEndian(bytes[sizeof(uint)..]);
        bool control = first >> 31 != 0;
        return new SpdyFrameHeader(
            control,
            control ? (int)(first >> 16) & ~ControlBit : ProtocolVersion,
            control ? (SpdyFrameType)(first & 0xFFFF) : default,
            control ? 0 : first & StreamIdMask,
            (byte)(second >> 24),
            (int)(second & LengthMask));
    }

    public static void WriteControl(Span<byte> to, SpdyFrameType type, byte flags, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, ControlBit | ProtocolVersion);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)type);
        WriteFlagsAndLength(to, flags, length);
    }

    public static void WriteData(Span<byte> to, uint streamId, bool fin, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, streamId);
        WriteFlagsAndLength(to, fin ? Fin : (byte)0, length);
    }

    private static void WriteFlagsAndLength(Span<byte> to, byte flags, int length) =>
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], (uint)flags << 24 | (uint)length);
}
