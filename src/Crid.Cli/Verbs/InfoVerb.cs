using System.CommandLine;
using System.Text.Json.Nodes;
using Crid.Api;
using Grpc.Core;

namespace Crid.Cli;

/// <summary><c>crid info</c>: whether the server can run pods, with which runtimes, decoders and devices, and how it is set up.</summary>
internal static class InfoVerb
{
    public static readonly string[] Examples =
    [
        "crid info",
        "crid info -o json | jq .status.conditions",
    ];

    public static Command Create()
    {
        Command command = new("info", "Show the state of the server");
        Verb.Attach(command, new CommonOptions(), async (_, context, cancellation) =>
        {
            StatusResponse status = await context.Daemon.Runtime.StatusAsync(new StatusRequest { Verbose = true }, context.Daemon.Within(cancellation));
            if (context.Format == OutputFormat.Json)
            {
                await context.Output.WriteLineAsync(JsonText.Write(JsonText.Of(status)));
                return ExitCodes.Success;
            }

            await WriteDaemonAsync(context, cancellation);
            WriteConditions(context, status);
            WriteHandlers(context, status);
            JsonObject details = JsonText.Of(status)["info"] as JsonObject ?? [];
            foreach (Table table in NodeDetails.Take(details))
            {
                await context.Output.WriteLineAsync();
                context.WriteTable(table);
            }

            if (details.Count > 0)
            {
                await context.Output.WriteLineAsync();
                await context.Output.WriteLineAsync(JsonText.Write(details));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>What the daemon tells of itself; another CRI server has nothing to tell here.</summary>
    private static async Task WriteDaemonAsync(VerbContext context, CancellationToken cancellation)
    {
        GetDaemonResponse daemon;
        try
        {
            daemon = await context.Daemon.Admin.GetDaemonAsync(new GetDaemonRequest(), context.Daemon.Within(cancellation));
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            return;
        }

        TimeSpan age = context.Clock.GetUtcNow() - HumanFormat.FromNanoseconds(daemon.StartedAt);
        string files = daemon.ConfigurationFiles.Count == 0 ? "defaults" : string.Join(", ", daemon.ConfigurationFiles);
        Write("version", daemon.Version);
        Write("process", $"{daemon.Pid}, started {HumanFormat.Duration(age)} ago");
        Write("memory", $"{HumanFormat.Size(daemon.ResidentBytes)}, {daemon.CpuSeconds:F1} s of processor time, {daemon.OpenFiles} open files");
        Write("keeper", daemon.KeeperConnected ? $"connected, process {daemon.KeeperPid}" : "not connected");
        Write("log level", daemon.LogLevel);
        Write("configuration", files);
        if (daemon.PendingRestart.Count > 0)
        {
            Write("needs restart", string.Join(", ", daemon.PendingRestart));
        }

        await context.Output.WriteLineAsync();

        void Write(string name, string value) => context.Output.WriteLine(SafeText.Of($"{name,-15}{value}"));
    }

    private static void WriteConditions(VerbContext context, StatusResponse status)
    {
        Table conditions = new(new TableColumn("CONDITION"), new TableColumn("STATUS"), new TableColumn("REASON", MinimumWidth: 10), new TableColumn("MESSAGE", MinimumWidth: 20));
        foreach (RuntimeCondition condition in status.Status.Conditions)
        {
            conditions.Add(condition.Type, condition.Status ? "true" : "false", condition.Reason, condition.Message);
        }

        context.WriteTable(conditions);
    }

    private static void WriteHandlers(VerbContext context, StatusResponse status)
    {
        if (status.RuntimeHandlers.Count == 0)
        {
            return;
        }

        context.Output.WriteLine();
        Table handlers = new(new TableColumn("RUNTIME", MinimumWidth: 8), new TableColumn("USER NAMESPACES"), new TableColumn("RECURSIVE READ-ONLY MOUNTS"));
        foreach (RuntimeHandler handler in status.RuntimeHandlers)
        {
            handlers.Add(
                handler.Name.Length == 0 ? "(default)" : handler.Name,
                handler.Features?.UserNamespaces == true ? "yes" : "no",
                handler.Features?.RecursiveReadOnlyMounts == true ? "yes" : "no");
        }

        context.WriteTable(handlers);
    }
}
