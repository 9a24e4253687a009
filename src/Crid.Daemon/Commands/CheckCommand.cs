using System.CommandLine;
using System.Text;
using System.Text.Json;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary><c>crid check</c>: whether this machine can run pods, and what to do where it can't.</summary>
internal static class CheckCommand
{
    private const string Json = "json";

    public static Command Create()
    {
        Option<string> configuration = ConfigurationOption.Create();
        Option<string> output = new("--output", "-o")
        {
            Description = "table, or json for scripts",
            HelpName = "table|json",
            DefaultValueFactory = static _ => "table",
        };
        output.AcceptOnlyFromAmong("table", Json);
        Command command = new("check", "Check whether this machine can run pods") { configuration, output };
        command.SetAction(async (result, cancellationToken) =>
        {
            LoadedConfiguration loaded = ConfigurationLoader.Load(result.GetValue(configuration)!);
            using EventLoop loop = new();
            IReadOnlyList<HostCheck> checks = await HostChecks.RunAsync(
                ToCheckOptions(loaded.Options), new ProgramRunner(loop, TimeProvider.System), cancellationToken);
            TextWriter console = result.InvocationConfiguration.Output;
            await console.WriteAsync(result.GetValue(output) == Json ? WriteJson(checks) : WriteTable(checks));
            return checks.Any(static check => check.Outcome == CheckOutcome.Failure) ? 1 : 0;
        });
        return command;
    }

    /// <summary>A line for each check, and what to do below those that are not well.</summary>
    internal static string WriteTable(IReadOnlyList<HostCheck> checks)
    {
        int nameWidth = checks.Count == 0 ? 0 : checks.Max(static check => check.Name.Length);
        StringBuilder text = new();
        foreach (HostCheck check in checks)
        {
            string name = check.Name.PadRight(nameWidth);
            text.Append($"{OutcomeName(check.Outcome),-7}  {name}  {check.Found}".TrimEnd()).Append('\n');
            if (check.Advice.Length > 0)
            {
                text.Append(' ', nameWidth + 11).Append(check.Advice).Append('\n');
            }
        }

        int failures = checks.Count(static check => check.Outcome == CheckOutcome.Failure);
        int warnings = checks.Count(static check => check.Outcome == CheckOutcome.Warning);
        string verdict = failures > 0 ? "this machine can't run pods yet" : "this machine can run pods";
        return text.Append($"\n{verdict}: {failures} failed, {warnings} warnings\n").ToString();
    }

    internal static string WriteJson(IReadOnlyList<HostCheck> checks)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (HostCheck check in checks)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, check.Name);
                json.WriteString("outcome"u8, OutcomeName(check.Outcome));
                json.WriteString("found"u8, check.Found);
                json.WriteString("advice"u8, check.Advice);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return $"{Encoding.UTF8.GetString(stream.ToArray())}\n";
    }

    private static HostCheckOptions ToCheckOptions(CridOptions options)
    {
        CridDirectories directories = new(options.Directories.Root, options.Directories.Run);
        return new HostCheckOptions
        {
            Directories = directories,
            Socket = directories.Socket,
            Runtimes = options.Runtimes.Handlers.ToDictionary(
                static handler => handler.Key, static handler => handler.Value.Path.Length > 0 ? handler.Value.Path : handler.Key),
            Network = options.ToNetworkOptions(),
            Images = options.ToImagesOptions(),
        };
    }

    private static string OutcomeName(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => "ok",
        CheckOutcome.Warning => "warning",
        _ => "failure",
    };
}
