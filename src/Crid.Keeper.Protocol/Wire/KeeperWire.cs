namespace Crid.Keeper.Protocol;

/// <summary>
/// The framing on the keeper's seqpacket socket. A message is a type byte, a 32-bit request id and a body, all little-endian. It is
/// sent as one or more packets, each with a leading byte that says whether more follow; descriptors travel with the first.
/// </summary>
public static class KeeperWire
{
    /// <summary>"crid" as the first field of a Hello.</summary>
    public const uint Magic = 0x64697263;

    public const ushort OldestVersion = 1;
    public const ushort NewestVersion = 2;

    /// <summary>The version from which on clients attach, stdin is closed, and an exec has an out-of-memory score.</summary>
    public const ushort AttachVersion = 2;

    /// <summary>Far below the default socket buffer of 208 KiB, so that a packet always fits.</summary>
    public const int MaxPacketBytes = 32 << 10;

    /// <summary>A command line may have 128 KiB per argument and 2 MiB in all.</summary>
    public const int MaxMessageBytes = 4 << 20;

    public const byte LastPacket = 0;
    public const byte MorePackets = 1;
}
