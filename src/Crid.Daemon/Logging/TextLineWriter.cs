using System.Buffers;
using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>logfmt: <c>time=… level=info event=6001 msg="sandbox is ready" sandboxId=…</c>.</summary>
internal sealed class TextLineWriter : LogLineWriter
{
    public override void Write(IBufferWriter<byte> output, DateTimeOffset? time, in LogEvent logEvent)
    {
        if (time is { } moment)
        {
            Append(output, "time=");
            Append(output, TimeText(moment));
            Append(output, " ");
        }

        Append(output, "level=");
        Append(output, LevelName(logEvent.Level));
        AppendPair(output, "event", logEvent.EventId.ToString(CultureInfo.InvariantCulture));
        AppendPair(output, "source", logEvent.Category);
        AppendPair(output, "msg", logEvent.Message);
        if (logEvent.Values is { } values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (values[i].Key is not "{OriginalFormat}")
                {
                    AppendPair(output, values[i].Key, ValueText(values[i].Value));
                }
            }
        }

        if (logEvent.Exception is { } exception)
        {
            AppendPair(output, "error", ErrorText(exception));
            if (StackText(exception) is { } stack)
            {
                AppendPair(output, "stack", stack);
            }
        }
    }

    private static void AppendPair(IBufferWriter<byte> output, string key, string value)
    {
        Append(output, " ");
        Append(output, key);
        Append(output, "=");
        Append(output, IsPlain(value) ? value : Quote(value));
    }

    /// <summary>Whether a reader sees the end of the value without quotes.</summary>
    private static bool IsPlain(string value)
    {
        foreach (char c in value)
        {
            if (c is ' ' or '"' or '=' or '\\' || char.IsControl(c))
            {
                return false;
            }
        }

        return value.Length > 0;
    }

    private static string Quote(string value)
    {
        StringBuilder quoted = new("\"", value.Length + 2);
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static void Append(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
