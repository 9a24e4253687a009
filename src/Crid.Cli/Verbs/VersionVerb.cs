using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid version</c>: of this program and of the server that it talks to.</summary>
internal static class VersionVerb
{
    public static readonly string[] Examples =
    [
        "crid version",
        "crid version -o json | jq -r .server.runtimeVersion",
    ];

    private static string ClientVersion =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static Command Create()
    {
        Command command = new("version", "Show the versions of this program and of the server");
        Verb.Attach(command, new CommonOptions(), async (_, context, cancellation) =>
        {
            if (context.Format == OutputFormat.Table)
            {
                await context.Output.WriteLineAsync($"client: crid {ClientVersion}");
            }

            VersionResponse server = await context.Daemon.Runtime.VersionAsync(new VersionRequest { Version = "0.1.0" }, context.Daemon.Within(cancellation));
            if (context.Format == OutputFormat.Json)
            {
                JsonObject versions = new() { ["client"] = new JsonObject { ["version"] = ClientVersion }, ["server"] = JsonText.Of(server) };
                await context.Output.WriteLineAsync(JsonText.Write(versions));
            }
            else
            {
                await context.Output.WriteLineAsync(SafeText.Of($"server: {server.RuntimeName} {server.RuntimeVersion} (CRI {server.RuntimeApiVersion})"));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
