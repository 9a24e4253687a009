namespace Crid.Keeper.Protocol;

/// <summary>Cuts one message into packets.</summary>
public ref struct PacketSplitter(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private bool _done;

    /// <summary>Stores the next packet; 0 when there is none.</summary>
    public int Next(scoped Span<byte> packet)
    {
        if (_done)
        {
            return 0;
        }

        int count = Math.Min(_rest.Length, KeeperWire.MaxPacketBytes - 1);
        packet[0] = count < _rest.Length ? KeeperWire.MorePackets : KeeperWire.LastPacket;
        _rest[..count].CopyTo(packet[1..]);
        _rest = _rest[count..];
        _done = packet[0] == KeeperWire.LastPacket;
        return count + 1;
    }
}
