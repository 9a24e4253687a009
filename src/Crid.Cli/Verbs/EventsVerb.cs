using System.CommandLine;
using System.Globalization;
using Crid.Api;
using Grpc.Core;

namespace Crid.Cli;

/// <summary><c>crid events</c>: what happens to pods and containers, as it happens.</summary>
internal static class EventsVerb
{
    public static readonly string[] Examples =
    [
        "crid events                    # until Ctrl-C",
        "crid events --pod demo         # those of one pod",
        "crid events -o json | jq -c 'select(.type == \"stopped\")'",
    ];

    public static Command Create()
    {
        Option<string?> pod = new("--pod", "-p") { Description = "Only events of pods with this name, namespace/name or id", HelpName = "pod" };
        Command command = new("events", "Show what happens to pods and containers, as it happens") { pod };
        Verb.Attach(command, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            using AsyncServerStreamingCall<ContainerEventResponse> call =
                context.Daemon.Runtime.GetContainerEvents(new GetEventsRequest(), DaemonConnection.Unlimited(cancellation));
            await call.ResponseHeadersAsync;
            await foreach (ContainerEventResponse podEvent in call.ResponseStream.ReadAllAsync(cancellation))
            {
                if (IsOf(parsed.GetValue(pod), podEvent.PodSandboxStatus))
                {
                    await context.Output.WriteLineAsync(context.Format == OutputFormat.Json ? EventText.ToJson(podEvent) : EventText.ToLine(podEvent));
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static bool IsOf(string? wanted, PodSandboxStatus sandbox) =>
        wanted is null
        || sandbox.Metadata.Name == wanted
        || string.Create(CultureInfo.InvariantCulture, $"{sandbox.Metadata.Namespace}/{sandbox.Metadata.Name}") == wanted
        || sandbox.Id.StartsWith(wanted, StringComparison.Ordinal);
}
