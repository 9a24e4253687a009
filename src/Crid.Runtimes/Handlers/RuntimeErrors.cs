using System.Text;
using System.Text.Json;
using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Turns what an OCI runtime says of a failure into an exception that names the cause.</summary>
internal static class RuntimeErrors
{
    private static readonly string[] MissingTexts = ["executable file", "no such file or directory", "stat "];

    /// <summary>The message of the last error in a JSON log, or its last line where that is not JSON; null for an empty log.</summary>
    public static string? LastMessage(ReadOnlySpan<byte> log)
    {
        string[] lines = Encoding.UTF8.GetString(log).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        for (int i = lines.Length - 1; i >= 0; i--)
        {
            if (FindMessage(lines[i]) is { } message)
            {
                return message;
            }
        }

        return lines.Length > 0 ? lines[^1] : null;
    }

    /// <summary>A runtime reports a missing command only in words, and people want to know which one it is.</summary>
    public static CridException ForCommand(ErrorKind kind, string doing, string command, string? message, int exitStatus)
    {
        string text = message ?? $"exit status {exitStatus}";
        bool missing = text.Contains(command, StringComparison.Ordinal)
            && text.Contains("exec", StringComparison.OrdinalIgnoreCase)
            && MissingTexts.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase));
        return missing
            ? new CridException(ErrorKind.InvalidArgument, $"{doing}: command '{command}' was not found in the container: {text}")
            : new CridException(kind, $"{doing}: {text}");
    }

    private static string? FindMessage(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        try
        {
            RuntimeLogLine? entry = JsonSerializer.Deserialize(line, RuntimesJson.Default.RuntimeLogLine);
            return entry is { Message.Length: > 0 } && entry.Level is "error" or "fatal" ? entry.Message : null;
        }
        catch (JsonException)
        {
            // A line that was cut off, or words that happen to begin with a bracket.
            return null;
        }
    }
}
