using System.CommandLine;
using System.Text.Json.Nodes;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid info</c>: whether the server can run pods, with which runtimes, and how it is set up.</summary>
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

            WriteConditions(context, status);
            WriteHandlers(context, status);
            if (JsonText.Of(status)["info"] is JsonObject { Count: > 0 } details)
            {
                await context.Output.WriteLineAsync();
                await context.Output.WriteLineAsync(JsonText.Write(details));
            }

            return ExitCodes.Success;
        });
        return command;
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
