using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid ps</c>: the containers.</summary>
internal static class PsVerb
{
    public static readonly string[] Examples =
    [
        "crid ps                        # running containers",
        "crid ps -a                     # all of them, exited ones too",
        "crid ps --pod demo             # those of one pod",
        "crid ps --state exited -q | xargs crid rm",
    ];

    public static Command Create()
    {
        ListOptions options = new();
        Option<bool> all = new("--all", "-a") { Description = "Not only running containers" };
        Option<string?> state = new("--state") { Description = "Only containers in this state: created, running, exited or unknown", HelpName = "state" };
        Option<string?> pod = new("--pod", "-p") { Description = "Only containers of this pod (id or name)", HelpName = "pod" };
        Command command = new("ps", "List containers") { all, state, pod };
        options.AddTo(command);
        Verb.Attach(command, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            ContainerFilter filter = new();
            filter.LabelSelector.Add(options.LabelsOf(parsed));
            if (parsed.GetValue(state) is string wanted)
            {
                filter.State = new ContainerStateValue { State = ParseState(wanted) };
            }
            else if (!parsed.GetValue(all))
            {
                filter.State = new ContainerStateValue { State = ContainerState.ContainerRunning };
            }

            if (parsed.GetValue(pod) is string podText)
            {
                filter.PodSandboxId = (await new ObjectFinder(context.Daemon).GetSandboxAsync(podText, cancellation)).Id;
            }

            ListContainersResponse response = await context.Daemon.Runtime.ListContainersAsync(
                new ListContainersRequest { Filter = filter }, context.Daemon.Within(cancellation));
            List<Container> containers = [.. response.Containers
                .Where(container => options.Matches(parsed, container.Metadata.Name))
                .OrderByDescending(container => container.CreatedAt)];
            Dictionary<string, string> images = context.Format == OutputFormat.Table ? await ImageNamesAsync(context.Daemon, cancellation) : [];
            options.Write(parsed, context, containers, container => container.Id, fullIds => ToTable(containers, images, fullIds, context.Clock.GetUtcNow()));
            return ExitCodes.Success;
        });
        return command;
    }

    internal static Table ToTable(IEnumerable<Container> containers, Dictionary<string, string> images, bool fullIds, DateTimeOffset now)
    {
        Table table = new(
            new TableColumn("CONTAINER ID"), new TableColumn("NAME", MinimumWidth: 8), new TableColumn("POD", MinimumWidth: 8),
            new TableColumn("IMAGE", MinimumWidth: 14), new TableColumn("STATE"), new TableColumn("CREATED", MinimumWidth: 8),
            new TableColumn("ATTEMPT", AlignRight: true));
        foreach (Container container in containers)
        {
            table.Add(
                fullIds ? container.Id : HumanFormat.ShortId(container.Id),
                container.Metadata.Name,
                container.Labels.TryGetValue(ObjectFinder.PodNameLabel, out string? podName) ? podName : HumanFormat.ShortId(container.PodSandboxId),
                ImageName(container, images),
                StateName(container.State),
                HumanFormat.Ago(HumanFormat.FromNanoseconds(container.CreatedAt), now),
                container.Metadata.Attempt.ToString());
        }

        return table;
    }

    internal static string StateName(ContainerState state) => state switch
    {
        ContainerState.ContainerCreated => "created",
        ContainerState.ContainerRunning => "running",
        ContainerState.ContainerExited => "exited",
        _ => "unknown",
    };

    // kubelet asks for images by id; people know them by name.
    private static string ImageName(Container container, Dictionary<string, string> images)
    {
        string asked = container.Image?.UserSpecifiedImage is { Length: > 0 } specified ? specified : container.Image?.Image ?? "";
        return images.TryGetValue(asked, out string? name) ? name
            : asked.StartsWith("sha256:", StringComparison.Ordinal) ? HumanFormat.ShortId(asked)
            : asked;
    }

    private static async Task<Dictionary<string, string>> ImageNamesAsync(DaemonConnection daemon, CancellationToken cancellation)
    {
        ListImagesResponse images = await daemon.Images.ListImagesAsync(new ListImagesRequest(), daemon.Within(cancellation));
        return images.Images.Where(image => image.RepoTags.Count > 0).ToDictionary(image => image.Id, image => image.RepoTags[0]);
    }

    private static ContainerState ParseState(string text) => text.ToLowerInvariant() switch
    {
        "created" => ContainerState.ContainerCreated,
        "running" => ContainerState.ContainerRunning,
        "exited" => ContainerState.ContainerExited,
        "unknown" => ContainerState.ContainerUnknown,
        _ => throw CliException.Usage($"--state is created, running, exited or unknown, not '{text}'"),
    };
}
