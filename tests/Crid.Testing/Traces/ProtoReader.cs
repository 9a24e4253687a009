using System.Buffers.Binary;
using System.Text;

namespace Crid.Testing;

/// <summary>Reads the fields of a protobuf message without its description: numbers as numbers, everything else as bytes.</summary>
public sealed class ProtoReader
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    public ProtoReader(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            ulong tag = TakeVarint(ref message);
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((field, TakeVarint(ref message), []));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(message), []));
                    message = message[8..];
                    break;
                case 2:
                    int length = (int)TakeVarint(ref message);
                    _fields.Add((field, 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7} of field {field}");
            }
        }
    }

    public ulong Number(int field) => _fields.FirstOrDefault(entry => entry.Field == field).Number;

    public byte[] Bytes(int field) => _fields.FirstOrDefault(entry => entry.Field == field).Bytes ?? [];

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public IEnumerable<ProtoReader> Messages(int field) => _fields.Where(entry => entry.Field == field).Select(entry => new ProtoReader(entry.Bytes));

    private static ulong TakeVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
