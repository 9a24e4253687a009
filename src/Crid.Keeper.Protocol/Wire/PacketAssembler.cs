namespace Crid.Keeper.Protocol;

/// <summary>Puts the packets of one connection together to messages.</summary>
public sealed class PacketAssembler
{
    private byte[] _buffer = [];
    private int _length;
    private bool _complete;

    /// <summary>No message has begun that is not complete.</summary>
    public bool IsIdle => _complete || _length == 0;

    /// <summary>Adds a packet; true where it completes a message, which is valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The peer does not keep to the protocol.</exception>
    public bool Add(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> message)
    {
        if (packet.Length < 2 || packet[0] > KeeperWire.MorePackets)
        {
            throw new InvalidDataException("not a packet of the keeper's protocol");
        }

        if (_complete)
        {
            // What a large message has needed is not kept for the small ones.
            _buffer = _buffer.Length > KeeperWire.MaxPacketBytes ? [] : _buffer;
            _length = 0;
        }

        ReadOnlySpan<byte> data = packet[1..];
        if (_length + data.Length > KeeperWire.MaxMessageBytes)
        {
            throw new InvalidDataException($"a message is larger than {KeeperWire.MaxMessageBytes} bytes");
        }

        if (_length + data.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + data.Length, 2 * _length));
        }

        data.CopyTo(_buffer.AsSpan(_length));
        _length += data.Length;
        _complete = packet[0] == KeeperWire.LastPacket;
        message = _complete ? _buffer.AsSpan(0, _length) : default;
        return _complete;
    }
}
