namespace Crid.Linux;

/// <summary>What a network interface has received and sent since it was made.</summary>
public sealed record InterfaceCounters(string Name)
{
    public ulong ReceivedBytes { get; init; }

    public ulong ReceiveErrors { get; init; }

    public ulong SentBytes { get; init; }

    public ulong SendErrors { get; init; }

    public ulong ReceivedPackets { get; init; }

    public ulong SentPackets { get; init; }

    /// <summary>Packets that were thrown away for want of room.</summary>
    public ulong ReceiveDrops { get; init; }

    public ulong SendDrops { get; init; }

    internal bool IsLoopback { get; init; }
}
