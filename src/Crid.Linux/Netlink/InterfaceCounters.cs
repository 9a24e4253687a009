namespace Crid.Linux;

/// <summary>What a network interface has received and sent since it was made.</summary>
public sealed record InterfaceCounters(string Name)
{
    public ulong ReceivedBytes { get; init; }

    public ulong ReceiveErrors { get; init; }

    public ulong SentBytes { get; init; }

    public ulong SendErrors { get; init; }

    internal bool IsLoopback { get; init; }
}
