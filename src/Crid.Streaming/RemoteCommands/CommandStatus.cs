using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Crid.Streaming;

/// <summary>Encodes an outcome for the error stream: a Kubernetes Status object from protocol version 4 on, plain text before.</summary>
internal static class CommandStatus
{
    private const int InternalServerError = 500;

    /// <summary>The bytes to send; nothing for a success before version 4.</summary>
    public static byte[] Encode(RemoteCommandOutcome outcome, bool json)
    {
        string? message = Describe(outcome);
        if (!json)
        {
            return message is null ? [] : Encoding.UTF8.GetBytes(message);
        }

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            Write(writer, outcome, message);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string? Describe(RemoteCommandOutcome outcome) => outcome switch
    {
        { Error: string error } => $"Internal error occurred: {error}",
        { ExitCode: 0 } => null,
        _ => $"command terminated with non-zero exit code: {outcome.ExitCode}",
    };

    private static void Write(Utf8JsonWriter writer, RemoteCommandOutcome outcome, string? message)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, message is null ? "Success"u8 : "Failure"u8);
        if (outcome.Error is not null)
        {
            writer.WriteString("message"u8, message);
            writer.WriteString("reason"u8, "InternalError"u8);
            writer.WriteStartObject("details"u8);
            WriteCause(writer, null, outcome.Error);
            writer.WriteEndObject();
            writer.WriteNumber("code"u8, InternalServerError);
        }
        else if (message is not null)
        {
            writer.WriteString("message"u8, message);
            writer.WriteString("reason"u8, "NonZeroExitCode"u8);
            writer.WriteStartObject("details"u8);
            WriteCause(writer, "ExitCode", outcome.ExitCode.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteCause(Utf8JsonWriter writer, string? reason, string message)
    {
        writer.WriteStartArray("causes"u8);
        writer.WriteStartObject();
        if (reason is not null)
        {
            writer.WriteString("reason"u8, reason);
        }

        writer.WriteString("message"u8, message);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}
