using System.Runtime.InteropServices;
using System.Text;

namespace Crid.Linux;

/// <summary>Requests of rtnetlink(7) about the interfaces of a namespace that has a number, and their answers.</summary>
internal static class LinkMessages
{
    public const ushort NewLink = 16;
    public const ushort NewNamespaceNumber = 88;

    private const ushort GetLink = 18;
    private const ushort GetNamespaceNumber = 90;

    // NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP
    private const ushort Request = 0x01;
    private const ushort Acknowledge = 0x04;
    private const ushort Dump = 0x300;

    private const ushort NamespaceNumber = 1;
    private const ushort NamespaceFile = 3;
    private const ushort InterfaceName = 3;
    private const ushort Statistics64 = 23;
    private const ushort TargetNamespace = 46;

    private const int HeaderLength = 16;
    private const int AttributeHeaderLength = 4;
    private const int GenericLength = 4;
    private const int InterfaceInfoLength = 16;
    private const int FlagsOffset = 8;
    private const uint Loopback = 0x8;
    private const int NoNumber = -1;

    // struct rtnl_link_stats64: each counter for what is received, then for what is sent.
    private const int ReceivedPacketsOffset = 0;
    private const int SentPacketsOffset = 8;
    private const int ReceivedBytesOffset = 16;
    private const int SentBytesOffset = 24;
    private const int ReceiveErrorsOffset = 32;
    private const int SendErrorsOffset = 40;
    private const int ReceiveDropsOffset = 48;
    private const int SendDropsOffset = 56;
    private const int StatisticsLength = 64;

    /// <summary>Asks for the number of the namespace that a descriptor refers to.</summary>
    public static byte[] GetNumber(uint sequence, int namespaceFile) => Build(
        GetNamespaceNumber, Request | Acknowledge, sequence, GenericLength, (NamespaceFile, namespaceFile));

    /// <summary>Lets the kernel choose a number for the namespace that a descriptor refers to.</summary>
    public static byte[] AssignNumber(uint sequence, int namespaceFile) => Build(
        NewNamespaceNumber, Request | Acknowledge, sequence, GenericLength, (NamespaceNumber, NoNumber), (NamespaceFile, namespaceFile));

    /// <summary>Asks for all interfaces of the namespace with a number.</summary>
    public static byte[] ListLinks(uint sequence, int number) => Build(
        GetLink, Request | Dump, sequence, InterfaceInfoLength, (TargetNamespace, number));

    /// <summary>The number in an answer; negative where the namespace has none.</summary>
    public static int ParseNumber(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> value = FindAttribute(body[GenericLength..], NamespaceNumber);
        return value.Length >= sizeof(int) ? MemoryMarshal.Read<int>(value) : NoNumber;
    }

    public static InterfaceCounters ParseLink(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> attributes = body[InterfaceInfoLength..];
        ReadOnlySpan<byte> statistics = FindAttribute(attributes, Statistics64);
        InterfaceCounters link = new(Encoding.UTF8.GetString(FindAttribute(attributes, InterfaceName).TrimEnd((byte)0)))
        {
            IsLoopback = (MemoryMarshal.Read<uint>(body[FlagsOffset..]) & Loopback) != 0,
        };
        return statistics.Length < StatisticsLength ? link : link with
        {
            ReceivedPackets = MemoryMarshal.Read<ulong>(statistics[ReceivedPacketsOffset..]),
            SentPackets = MemoryMarshal.Read<ulong>(statistics[SentPacketsOffset..]),
            ReceivedBytes = MemoryMarshal.Read<ulong>(statistics[ReceivedBytesOffset..]),
            SentBytes = MemoryMarshal.Read<ulong>(statistics[SentBytesOffset..]),
            ReceiveErrors = MemoryMarshal.Read<ulong>(statistics[ReceiveErrorsOffset..]),
            SendErrors = MemoryMarshal.Read<ulong>(statistics[SendErrorsOffset..]),
            ReceiveDrops = MemoryMarshal.Read<ulong>(statistics[ReceiveDropsOffset..]),
            SendDrops = MemoryMarshal.Read<ulong>(statistics[SendDropsOffset..]),
        };
    }

    private static byte[] Build(ushort type, int flags, uint sequence, int bodyLength, params ReadOnlySpan<(ushort Type, int Value)> attributes)
    {
        const int attributeLength = AttributeHeaderLength + sizeof(int);
        byte[] message = new byte[HeaderLength + bodyLength + (attributes.Length * attributeLength)];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), (ushort)flags);
        MemoryMarshal.Write(message.AsSpan(8), sequence);
        Span<byte> at = message.AsSpan(HeaderLength + bodyLength);
        foreach ((ushort attribute, int value) in attributes)
        {
            MemoryMarshal.Write(at, (ushort)attributeLength);
            MemoryMarshal.Write(at[2..], attribute);
            MemoryMarshal.Write(at[AttributeHeaderLength..], value);
            at = at[attributeLength..];
        }

        return message;
    }

    // The two highest bits of a type are flags.
    private static ReadOnlySpan<byte> FindAttribute(ReadOnlySpan<byte> attributes, ushort type)
    {
        while (attributes.Length >= AttributeHeaderLength)
        {
            int length = MemoryMarshal.Read<ushort>(attributes);
            if (length < AttributeHeaderLength || length > attributes.Length)
            {
                break;
            }

            if ((MemoryMarshal.Read<ushort>(attributes[2..]) & 0x3FFF) == type)
            {
                return attributes[AttributeHeaderLength..length];
            }

            attributes = attributes[Math.Min(attributes.Length, NetlinkMessage.Align(length))..];
        }

        return default;
    }
}
