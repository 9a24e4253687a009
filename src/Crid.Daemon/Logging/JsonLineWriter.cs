using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crid.Daemon;

/// <summary>A JSON object with the keys of <see cref="TextLineWriter"/>; numbers and booleans stay what they are.</summary>
internal sealed class JsonLineWriter : LogLineWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public override void Write(IBufferWriter<byte> output, DateTimeOffset? time, in LogEvent logEvent)
    {
        using Utf8JsonWriter json = new(output, Options);
        json.WriteStartObject();
        if (time is { } moment)
        {
            json.WriteString("time"u8, TimeText(moment));
        }

        json.WriteString("level"u8, LevelName(logEvent.Level));
        json.WriteNumber("event"u8, logEvent.EventId);
        json.WriteString("source"u8, logEvent.Category);
        json.WriteString("msg"u8, logEvent.Message);
        if (logEvent.Values is { } values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (values[i].Key is not "{OriginalFormat}")
                {
                    WriteValue(json, values[i].Key, values[i].Value);
                }
            }
        }

        if (logEvent.Exception is { } exception)
        {
            json.WriteString("error"u8, ErrorText(exception));
            if (StackText(exception) is { } stack)
            {
                json.WriteString("stack"u8, stack);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(key);
                break;
            case bool boolean:
                json.WriteBoolean(key, boolean);
                break;
            case int number:
                json.WriteNumber(key, number);
                break;
            case long number:
                json.WriteNumber(key, number);
                break;
            case ulong number:
                json.WriteNumber(key, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(key, number);
                break;
            default:
                json.WriteString(key, ValueText(value));
                break;
        }
    }
}
