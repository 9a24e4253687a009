using System.Buffers.Binary;
using System.Text;

namespace Crid.Keeper.Protocol;

/// <summary>Builds one message (or a file of the same encoding): little-endian numbers, strings as byte length + 1 and UTF-8, 0 for null.</summary>
public sealed class MessageWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>A writer of something that is no message.</summary>
    public MessageWriter()
    {
    }

    public MessageWriter(MessageType type, uint requestId)
    {
        WriteByte((byte)type);
        WriteUInt32(requestId);
    }

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(sizeof(ushort)), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);

    public void WriteString(string? value)
    {
        int length = value is null ? 0 : Encoding.UTF8.GetByteCount(value);
        WriteInt32(value is null ? 0 : length + 1);
        Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    public void WriteStrings(IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        WriteInt32(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            WriteString(values[i]);
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + count, 2 * _buffer.Length));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
