using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid pods</c>: the pod sandboxes.</summary>
internal static class PodsVerb
{
    public static readonly string[] Examples =
    [
        "crid pods                              # every pod, the newest first",
        "crid pods --state ready --label app=web",
        "crid pods -q --name demo               # ids only, for scripts",
    ];

    public static Command Create()
    {
        ListOptions options = new();
        Option<string?> state = new("--state") { Description = "Only pods in this state: ready or notready", HelpName = "state" };
        Option<string?> space = new("--namespace", "-n") { Description = "Only pods of this namespace", HelpName = "namespace" };
        Command command = new("pods", "List pods") { state, space };
        options.AddTo(command);
        Verb.Attach(command, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            PodSandboxFilter filter = new();
            filter.LabelSelector.Add(options.LabelsOf(parsed));
            if (parsed.GetValue(state) is string wanted)
            {
                filter.State = new PodSandboxStateValue { State = ParseState(wanted) };
            }

            ListPodSandboxResponse response = await context.Daemon.Runtime.ListPodSandboxAsync(
                new ListPodSandboxRequest { Filter = filter }, context.Daemon.Within(cancellation));
            List<PodSandbox> pods = [.. response.Items
                .Where(pod => options.Matches(parsed, pod.Metadata.Name) && (parsed.GetValue(space) ?? pod.Metadata.Namespace) == pod.Metadata.Namespace)
                .OrderByDescending(pod => pod.CreatedAt)];
            options.Write(parsed, context, pods, pod => pod.Id, fullIds => ToTable(pods, fullIds, context.Clock.GetUtcNow()));
            return ExitCodes.Success;
        });
        return command;
    }

    internal static Table ToTable(IEnumerable<PodSandbox> pods, bool fullIds, DateTimeOffset now)
    {
        Table table = new(
            new TableColumn("POD ID"), new TableColumn("NAME", MinimumWidth: 12), new TableColumn("NAMESPACE", MinimumWidth: 9),
            new TableColumn("STATE"), new TableColumn("CREATED", MinimumWidth: 8), new TableColumn("ATTEMPT", AlignRight: true),
            new TableColumn("RUNTIME", MinimumWidth: 7));
        foreach (PodSandbox pod in pods)
        {
            table.Add(
                fullIds ? pod.Id : HumanFormat.ShortId(pod.Id),
                pod.Metadata.Name,
                pod.Metadata.Namespace,
                pod.State == PodSandboxState.SandboxReady ? "ready" : "notready",
                HumanFormat.Ago(HumanFormat.FromNanoseconds(pod.CreatedAt), now),
                pod.Metadata.Attempt.ToString(),
                pod.RuntimeHandler.Length == 0 ? "(default)" : pod.RuntimeHandler);
        }

        return table;
    }

    private static PodSandboxState ParseState(string text) => text.ToLowerInvariant() switch
    {
        "ready" => PodSandboxState.SandboxReady,
        "notready" => PodSandboxState.SandboxNotready,
        _ => throw CliException.Usage($"--state is ready or notready, not '{text}'"),
    };
}
