using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Crid.Cri;

/// <summary>The value of a verbose answer's <c>info</c> entry: one JSON object, as clients expect it under that key.</summary>
internal static class VerboseInfo
{
    public const string Key = "info";

    public static string Write(Action<Utf8JsonWriter> writeMembers)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void WriteStrings(this Utf8JsonWriter writer, string name, IEnumerable<string>? values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values ?? [])
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
