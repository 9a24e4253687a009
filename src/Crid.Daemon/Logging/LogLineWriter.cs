using System.Buffers;
using System.Globalization;
using System.Text;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>Formats an event as one line of UTF-8, whatever it contains.</summary>
internal abstract class LogLineWriter
{
    public static LogLineWriter Create(LogFormat format) => format == LogFormat.Json ? new JsonLineWriter() : new TextLineWriter();

    /// <summary>Appends the line without its end.</summary>
    /// <param name="time">Null where whoever reads the lines knows the time.</param>
    public abstract void Write(IBufferWriter<byte> output, DateTimeOffset? time, in LogEvent logEvent);

    protected static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    protected static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    protected static string ValueText(object? value) => value switch
    {
        null => "null",
        string text => text,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Messages from the outside in. Expected failures explain themselves in their message, which contains the inner ones.</summary>
    protected static string ErrorText(Exception exception)
    {
        if (exception is CridException)
        {
            return exception.Message;
        }

        StringBuilder text = new();
        for (Exception? current = exception; current is not null; current = current.InnerException)
        {
            text.Append(text.Length == 0 ? "" : ": ").Append(current.GetType().Name).Append(": ").Append(current.Message);
        }

        return text.ToString();
    }

    /// <summary>Where an unexpected failure happened; null for expected ones.</summary>
    protected static string? StackText(Exception exception) => exception is CridException ? null : exception.StackTrace;
}
