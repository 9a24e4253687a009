using System.Buffers.Binary;

namespace Crid.Streaming;

/// <summary>The payload of a control frame: a stream or ping id, and a header block where the type has one.</summary>
internal readonly ref struct SpdyControlFrame
{
    /// <summary>Longer control frames end the connection before they are read; those of Kubernetes have some hundred bytes.</summary>
    public const int MaxLength = 16 * 1024;

    public const int MinLength = sizeof(uint);

    private const int SynStreamHead = 10;
    private const int Pair = 2 * sizeof(uint);

    private SpdyControlFrame(uint number, ReadOnlySpan<byte> block)
    {
        Number = number;
        Block = block;
    }

    public uint Number { get; }

    public ReadOnlySpan<byte> Block { get; }

    /// <exception cref="SpdyException">The length does not fit the type, or the type is unknown.</exception>
    public static SpdyControlFrame Parse(SpdyFrameType type, ReadOnlySpan<byte> payload)
    {
        uint number = BinaryPrimitives.ReadUInt32BigEndian(payload);
        uint streamId = number & SpdyFrameHeader.StreamIdMask;
        return type switch
        {
            SpdyFrameType.SynStream when payload.Length >= SynStreamHead => new SpdyControlFrame(streamId, payload[SynStreamHead..]),
            SpdyFrameType.SynReply or SpdyFrameType.Headers => new SpdyControlFrame(streamId, payload[sizeof(uint)..]),
            SpdyFrameType.RstStream when payload.Length == Pair && BinaryPrimitives.ReadUInt32BigEndian(payload[sizeof(uint)..]) != 0 =>
                new SpdyControlFrame(streamId, []),
            SpdyFrameType.Settings when number <= (payload.Length - sizeof(uint)) / Pair => new SpdyControlFrame(number, []),
            SpdyFrameType.Ping when payload.Length == sizeof(uint) => new SpdyControlFrame(number, []),
            SpdyFrameType.GoAway or SpdyFrameType.WindowUpdate when payload.Length == Pair => new SpdyControlFrame(streamId, []),
            _ => throw new SpdyException($"a control frame of type {(int)type} with {payload.Length} bytes"),
        };
    }
}
