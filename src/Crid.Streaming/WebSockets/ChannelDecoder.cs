using System.Buffers;
using System.Buffers.Text;

namespace Crid.Streaming;

/// <summary>
/// Takes messages apart as they arrive, in pieces of any length: a channel, then data, in base64 where the protocol says so. Nothing is kept of a
/// message but the beginning of a group of four characters.
/// </summary>
internal sealed class ChannelDecoder(IChannelReceiver receiver, bool base64, bool hasClose)
{
    /// <summary>What must be free before the place where a piece is received, for the characters kept of the piece before.</summary>
    public const int MaxKept = Group - 1;

    /// <summary>A message on this channel half-closes the one that it names, where the protocol has that.</summary>
    public const int CloseSignal = 255;

    private const int Group = 4;
    private const int Begin = -1;

    private readonly byte[] _kept = new byte[MaxKept];
    private int _keptLength;
    private bool _isPadded;
    private int _channel = Begin;
    private int _closed = Begin;

    /// <summary>Takes a piece of a message. It is decoded in place, and so are the <see cref="MaxKept"/> bytes before it.</summary>
    /// <exception cref="InvalidDataException">The message is not what the protocol allows.</exception>
    public void Append(byte[] buffer, int offset, int count, bool isEnd)
    {
        Span<byte> data = buffer.AsSpan(offset, count);
        if (_channel == Begin && count > 0)
        {
            _channel = base64 ? (byte)(data[0] - '0') : data[0];
            data = data[1..];
            offset++;
        }

        if (_channel == CloseSignal && hasClose)
        {
            TakeClose(data);
        }
        else if (base64)
        {
            Decode(buffer.AsSpan(offset - _keptLength, data.Length + _keptLength));
        }
        else if (!data.IsEmpty)
        {
            receiver.Receive(_channel, data);
        }

        if (isEnd)
        {
            EndMessage();
        }
    }

    private void Decode(Span<byte> text)
    {
        if (_isPadded && !text.IsEmpty)
        {
            throw new InvalidDataException("a message goes on behind the padding of its base64");
        }

        _kept.AsSpan(0, _keptLength).CopyTo(text);
        int whole = text.Length - text.Length % Group;
        text[whole..].CopyTo(_kept);
        _keptLength = text.Length - whole;
        _isPadded |= whole > 0 && text[whole - 1] == '=';
        if (Base64.DecodeFromUtf8InPlace(text[..whole], out int written) != OperationStatus.Done)
        {
            throw new InvalidDataException("a message is not base64");
        }

        if (written > 0)
        {
            receiver.Receive(_channel, text[..written]);
        }
    }

    private void TakeClose(ReadOnlySpan<byte> data)
    {
        if (data.Length + (_closed == Begin ? 0 : 1) > 1)
        {
            throw new InvalidDataException("a close signal names more than one channel");
        }

        if (!data.IsEmpty)
        {
            _closed = data[0];
        }
    }

    private void EndMessage()
    {
        if (_keptLength != 0)
        {
            throw new InvalidDataException("a message ends within a group of base64");
        }

        if (_channel == CloseSignal && hasClose)
        {
            receiver.End(_closed != Begin ? _closed : throw new InvalidDataException("a close signal names no channel"));
        }

        _channel = Begin;
        _closed = Begin;
        _isPadded = false;
    }
}
