using System.Buffers.Binary;

namespace Crid.Linux;

/// <summary>Requests of rtnetlink(7), as bytes ready to be sent.</summary>
internal static class RouteMessages
{
    private const int HeaderLength = 16;
    private const int InterfaceInfoLength = 16;
    private const ushort Noop = 1;
    private const ushort SetLink = 19;
    private const ushort Request = 0x01;
    private const ushort Acknowledge = 0x04;
    private const uint InterfaceUp = 0x1;

    // The first interface of every network namespace is its loopback.
    private const int LoopbackIndex = 1;

    /// <summary>Sets IFF_UP on the loopback interface.</summary>
    public static byte[] RaiseLoopback()
    {
        byte[] message = new byte[HeaderLength + InterfaceInfoLength];
        WriteHeader(message, SetLink);
        Span<byte> info = message.AsSpan(HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(info[4..], LoopbackIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(info[8..], InterfaceUp);
        BinaryPrimitives.WriteUInt32LittleEndian(info[12..], InterfaceUp);
        return message;
    }

    /// <summary>Changes nothing and is acknowledged.</summary>
    public static byte[] DoNothing()
    {
        byte[] message = new byte[HeaderLength];
        WriteHeader(message, Noop);
        return message;
    }

    private static void WriteHeader(Span<byte> message, ushort type)
    {
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], Request | Acknowledge);
    }
}
