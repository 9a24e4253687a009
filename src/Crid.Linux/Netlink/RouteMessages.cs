using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Requests of rtnetlink(7), as bytes ready to be sent, in the byte order of this machine.</summary>
internal static class RouteMessages
{
    private const int HeaderLength = 16;
    private const int InterfaceInfoLength = 16;
    private const ushort Noop = 1;
    private const ushort SetLink = 19;

    // NLM_F_REQUEST | NLM_F_ACK
    private const ushort RequestAcknowledged = 0x01 | 0x04;
    private const uint InterfaceUp = 0x1;

    // The first interface of every network namespace is its loopback.
    private const int LoopbackIndex = 1;

    /// <summary>Sets IFF_UP on the loopback interface.</summary>
    public static byte[] RaiseLoopback()
    {
        byte[] message = new byte[HeaderLength + InterfaceInfoLength];
        WriteHeader(message, SetLink);
        Span<byte> info = message.AsSpan(HeaderLength);
        MemoryMarshal.Write(info[4..], LoopbackIndex);
        MemoryMarshal.Write(info[8..], InterfaceUp);
        MemoryMarshal.Write(info[12..], InterfaceUp);
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
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message[4..], type);
        MemoryMarshal.Write(message[6..], RequestAcknowledged);
    }
}
