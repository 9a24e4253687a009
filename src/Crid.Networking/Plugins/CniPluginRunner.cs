using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>Finds and runs plugin programs and understands their answers.</summary>
internal sealed class CniPluginRunner(IReadOnlyList<string> directories, IProgramRunner programs, ILogger logger, TimeProvider time)
{
    private const int TextFileBusy = 26;
    private const int BusyAttempts = 5;
    private const int MaximumMessageLength = 4096;

    // What plugins of version 0.1.0 say, which had no VERSION: the specification knows them by this text alone.
    private const string VersionUnknown = "unknown CNI_COMMAND: VERSION";

    private static readonly TimeSpan BusyDelay = TimeSpan.FromSeconds(1);

    // The specification and its reference library name the key differently; plugins know either.
    private static readonly string[] ValidAttachmentsKeys = ["cni.dev/valid-attachments", "cni.dev/attachments"];

    private readonly string _pluginPath = string.Join(':', directories);

    /// <summary>The program of a plugin, or null.</summary>
    public string? FindProgram(string type) => directories.Select(directory => $"{directory}/{type}").FirstOrDefault(File.Exists);

    /// <summary>Runs one plugin of a chain.</summary>
    /// <returns>Its result; an empty object where the command has none.</returns>
    /// <exception cref="CniPluginException">The plugin reported a failure.</exception>
    /// <exception cref="CridException">Unavailable: there is no such program. DeadlineExceeded: it took too long.</exception>
    public async Task<JsonObject> RunAsync(
        CniCall call, CniNetwork network, CniPlugin plugin, JsonObject? previousResult, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string program = FindProgram(plugin.Type)
            ?? throw new CridException(ErrorKind.Unavailable, $"CNI plugin '{plugin.Type}' is not in {string.Join(", ", directories)}");
        ProgramRequest request = new()
        {
            Path = program,
            Environment = call.ToEnvironment(_pluginPath),
            Input = ComposeInput(network, plugin, call, previousResult),
            Timeout = timeout,
        };

        using MeasuredWork work = MeasuredWork.Begin(
            NetworkingMetrics.PluginCalls, $"CNI {call.Command} {plugin.Type}", new("plugin", plugin.Type), new("command", call.Command));
        work.Note("crid.sandbox.id", call.ContainerId);
        long start = time.GetTimestamp();
        ProgramResult result = await RunUnlessBusyAsync(request, cancellationToken);
        NetworkingLog.PluginRan(logger, call.Command, plugin.Type, call.ContainerId, time.GetElapsedTime(start).TotalMilliseconds);
        JsonObject answer = result.ExitStatus == 0 ? ParseResult(plugin.Type, call.Command, result.Output) : throw ParseError(plugin.Type, call.Command, result);
        work.Succeed();
        return answer;
    }

    /// <summary>Asks a program which versions it supports.</summary>
    /// <exception cref="CridException">It gave no usable answer.</exception>
    public async Task<IReadOnlyList<string>> QueryVersionsAsync(string type, string program, CancellationToken cancellationToken)
    {
        // Older plugins insist on values for variables that VERSION does not need.
        CniCall call = new()
        {
            Command = "VERSION",
            ContainerId = "",
            NetnsPath = "dummy",
            InterfaceName = "dummy",
            Arguments = "",
            CapabilityArguments = [],
        };
        ProgramRequest request = new()
        {
            Path = program,
            Environment = call.ToEnvironment("dummy"),
            Input = Json.ToBytes(new JsonObject { ["cniVersion"] = CniVersion.Newest }),
            Timeout = TimeSpan.FromSeconds(10),
        };
        ProgramResult result = await RunUnlessBusyAsync(request, cancellationToken);
        if (result.ExitStatus != 0)
        {
            CniPluginException failure = ParseError(type, call.Command, result);
            return failure.Message.Contains(VersionUnknown, StringComparison.Ordinal) ? [CniVersion.Default] : throw failure;
        }

        JsonObject answer = ParseResult(type, call.Command, result.Output);
        return answer["supportedVersions"] is JsonArray versions
            ? [.. versions.OfType<JsonValue>().Select(version => version.TryGetValue(out string? text) ? text : "")]
            : ["0.1.0", "0.2.0"];
    }

    private static byte[] ComposeInput(CniNetwork network, CniPlugin plugin, CniCall call, JsonObject? previousResult)
    {
        JsonObject input = (JsonObject)plugin.Configuration.DeepClone();
        input["name"] = network.Name;
        input["cniVersion"] = network.CniVersion;
        if (previousResult is not null)
        {
            input["prevResult"] = previousResult.DeepClone();
        }

        JsonObject wanted = [];
        foreach ((string name, JsonNode? value) in call.CapabilityArguments)
        {
            if (plugin.HasCapability(name))
            {
                wanted[name] = value?.DeepClone();
            }
        }

        if (wanted.Count > 0)
        {
            input["runtimeConfig"] = wanted;
        }

        if (call.Command == "GC")
        {
            foreach (string key in ValidAttachmentsKeys)
            {
                input[key] = new JsonArray([.. call.ValidAttachments.Select(ToJson)]);
            }
        }

        return Json.ToBytes(input);
    }

    private static JsonObject ToJson(CachedAttachment attachment) =>
        new() { ["containerID"] = attachment.ContainerId, ["ifname"] = attachment.InterfaceName };

    /// <summary>A program that is being replaced can't be executed for a moment.</summary>
    private async Task<ProgramResult> RunUnlessBusyAsync(ProgramRequest request, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await programs.RunAsync(request, cancellationToken);
            }
            catch (LinuxException exception) when (exception.Errno == TextFileBusy && attempt < BusyAttempts)
            {
                await Task.Delay(BusyDelay, time, cancellationToken);
            }
        }
    }

    private static JsonObject ParseResult(string plugin, string command, byte[] output)
    {
        ReadOnlySpan<byte> text = output.AsSpan().Trim(" \t\r\n"u8);
        if (text.IsEmpty || text.SequenceEqual("null"u8))
        {
            return [];
        }

        // Only ADD and VERSION answer; what others print is not looked at.
        if (command is not ("ADD" or "VERSION"))
        {
            return [];
        }

        try
        {
            return Json.ParseObject(text);
        }
        catch (JsonException exception)
        {
            throw new CridException(ErrorKind.Internal, $"CNI plugin '{plugin}' ({command}): its answer is not valid JSON: {exception.Message}", exception);
        }
    }

    private static CniPluginException ParseError(string plugin, string command, ProgramResult result)
    {
        try
        {
            JsonObject error = Json.ParseObject(result.Output);
            return new CniPluginException(
                plugin, command, error.FindInteger("code") ?? 0, Clean(error.FindString("msg") ?? ""), Clean(error.FindString("details") ?? ""));
        }
        catch (JsonException)
        {
            byte[] said = result.Output.Length > 0 ? result.Output : result.ErrorOutput;
            string text = Clean(Encoding.UTF8.GetString(said, 0, Math.Min(said.Length, MaximumMessageLength)));
            return new CniPluginException(
                plugin, command, 0, text.Length > 0 ? text : $"exit status {result.ExitStatus} without a message", "");
        }
    }

    /// <summary>Makes one line of what a plugin said: messages end up in logs and in events.</summary>
    private static string Clean(string text)
    {
        string limited = text.Length > MaximumMessageLength ? text[..MaximumMessageLength] : text;
        return string.Create(limited.Length, limited, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        }).Trim();
    }
}
