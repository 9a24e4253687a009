using System.Text;
using System.Text.Json;

namespace Crid.Cli;

/// <summary>How a streamed command ended, as the server tells it at the end: a Status object of Kubernetes.</summary>
internal static class CommandStatus
{
    /// <summary>The exit code that a status tells.</summary>
    /// <exception cref="CliException">The command could not be run, or nothing tells how it ended.</exception>
    public static int ReadExitCode(ReadOnlyMemory<byte> status)
    {
        if (status.IsEmpty)
        {
            throw new CliException("the connection ended before the command did");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(status);
            JsonElement root = document.RootElement;
            return Text(root, "status") == "Success"
                ? ExitCodes.Success
                : FindExitCode(root) ?? throw new CliException(Text(root, "message") ?? "the command failed");
        }
        catch (JsonException)
        {
            throw new CliException(Encoding.UTF8.GetString(status.Span));
        }
    }

    private static int? FindExitCode(JsonElement root)
    {
        JsonElement? causes = Text(root, "reason") == "NonZeroExitCode" ? Find(Find(root, "details"), "causes") : null;
        if (causes is not { ValueKind: JsonValueKind.Array } list)
        {
            return null;
        }

        foreach (JsonElement cause in list.EnumerateArray())
        {
            if (Text(cause, "reason") == "ExitCode" && int.TryParse(Text(cause, "message"), out int code))
            {
                return code;
            }
        }

        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement? Find(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out JsonElement value) ? value : null;
}
