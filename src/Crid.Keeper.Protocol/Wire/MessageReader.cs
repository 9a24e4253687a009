using System.Buffers.Binary;
using System.Text;

namespace Crid.Keeper.Protocol;

/// <summary>Reads what a <see cref="MessageWriter"/> wrote; never beyond the end, whatever the bytes say.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end too early or make no sense.</exception>
public ref struct MessageReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte ReadByte() => Take(1)[0];

    public bool ReadBoolean() => ReadByte() != 0;

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public string? ReadOptionalString()
    {
        int length = ReadInt32() - 1;
        return length == -1 ? null : Encoding.UTF8.GetString(Take(length));
    }

    public string ReadString() => ReadOptionalString() ?? throw new InvalidDataException("a string is missing");

    public IReadOnlyList<string> ReadStrings()
    {
        string[] values = new string[ReadCount(minimumBytesEach: sizeof(int))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadString();
        }

        return values;
    }

    /// <summary>A count of elements that must be able to fit into what is left.</summary>
    public int ReadCount(int minimumBytesEach)
    {
        int count = ReadInt32();
        return count >= 0 && count <= _rest.Length / minimumBytesEach
            ? count
            : throw new InvalidDataException($"a count of {count} does not fit into {_rest.Length} bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            throw new InvalidDataException($"{count} bytes are wanted and {_rest.Length} are left");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
