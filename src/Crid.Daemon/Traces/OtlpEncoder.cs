using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;

namespace Crid.Daemon;

/// <summary>Spans as an ExportTraceServiceRequest of the OpenTelemetry protocol (opentelemetry-proto 1.x, trace/v1/trace.proto).</summary>
internal static class OtlpEncoder
{
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    /// <param name="resource">Attributes of this process, such as service.name.</param>
    public static byte[] Encode(IReadOnlyList<Activity> spans, IReadOnlyList<KeyValuePair<string, object?>> resource)
    {
        byte[] scope = Message(static output => WriteText(output, 1, Crid.Core.CridTelemetry.Name));
        byte[] scopeSpans = Message(output =>
        {
            WriteMessage(output, 1, scope);
            foreach (Activity span in spans)
            {
                WriteMessage(output, 2, Encode(span));
            }
        });
        byte[] resourceSpans = Message(output =>
        {
            WriteMessage(output, 1, Message(inner => WriteAttributes(inner, 1, resource)));
            WriteMessage(output, 2, scopeSpans);
        });
        return Message(output => WriteMessage(output, 1, resourceSpans));
    }

    private static byte[] Encode(Activity span) => Message(output =>
    {
        WriteId(output, 1, span.TraceId.ToHexString());
        WriteId(output, 2, span.SpanId.ToHexString());
        WriteText(output, 3, span.TraceStateString ?? "");
        if (span.ParentSpanId != default)
        {
            WriteId(output, 4, span.ParentSpanId.ToHexString());
        }

        WriteText(output, 5, span.DisplayName);

        // The protocol's kinds begin one higher: 0 is 'not specified'.
        WriteNumber(output, 6, (int)span.Kind + 1);
        WriteTime(output, 7, span.StartTimeUtc);
        WriteTime(output, 8, span.StartTimeUtc + span.Duration);
        WriteAttributes(output, 9, span.TagObjects);
        WriteMessage(output, 15, Message(status =>
        {
            WriteText(status, 2, span.StatusDescription ?? "");
            WriteNumber(status, 3, (int)span.Status);
        }));
    });

    private static void WriteAttributes(CodedOutputStream output, int field, IEnumerable<KeyValuePair<string, object?>> attributes)
    {
        foreach ((string key, object? value) in attributes)
        {
            WriteMessage(output, field, Message(attribute =>
            {
                WriteText(attribute, 1, key);
                WriteMessage(attribute, 2, Message(any => WriteValue(any, value)));
            }));
        }
    }

    private static void WriteValue(CodedOutputStream output, object? value)
    {
        if (value is int or long)
        {
            output.WriteTag(3, WireFormat.WireType.Varint);
            output.WriteInt64(Convert.ToInt64(value, CultureInfo.InvariantCulture));
        }
        else
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteString(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream buffer = new();
        using (CodedOutputStream output = new(buffer, leaveOpen: true))
        {
            write(output);
        }

        return buffer.ToArray();
    }

    private static void WriteMessage(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }

    private static void WriteId(CodedOutputStream output, int field, string hex) => WriteMessage(output, field, Convert.FromHexString(hex));

    private static void WriteText(CodedOutputStream output, int field, string text)
    {
        if (text.Length > 0)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }
    }

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void WriteTime(CodedOutputStream output, int field, DateTime time)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteFixed64((ulong)(time - Epoch).Ticks * TimeSpan.NanosecondsPerTick);
    }
}
