using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid top pods</c>: what pods use.</summary>
internal static class TopVerb
{
    public static readonly string[] Examples =
    [
        "crid top pods                  # the busiest first, until Ctrl-C",
        "crid top pods --no-stream",
    ];

    public static Command Create()
    {
        LiveTable live = new();
        Command pods = new("pods", "Show what pods use, the busiest first");
        live.AddTo(pods);
        Verb.Attach(pods, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            await live.RunAsync(parsed, context, MeasureAsync, ToTable, cancellation);
            return ExitCodes.Success;

            async Task<IReadOnlyList<PodSandboxStats>> MeasureAsync() => (await context.Daemon.Runtime.ListPodSandboxStatsAsync(
                new ListPodSandboxStatsRequest(), context.Daemon.Within(cancellation))).Stats;
        });
        return new Command("top", "Show what uses most") { pods };
    }

    internal static Table ToTable(IReadOnlyList<PodSandboxStats> before, IReadOnlyList<PodSandboxStats> now)
    {
        Dictionary<string, PodSandboxStats> earlier = before.ToDictionary(stats => stats.Attributes.Id);
        Table table = new(
            new TableColumn("NAMESPACE", MinimumWidth: 8), new TableColumn("POD", MinimumWidth: 8), new TableColumn("CPU %", AlignRight: true),
            new TableColumn("MEMORY", AlignRight: true), new TableColumn("RECEIVED", AlignRight: true), new TableColumn("SENT", AlignRight: true),
            new TableColumn("PROCESSES", AlignRight: true), new TableColumn("CONTAINERS", AlignRight: true));
        foreach ((PodSandboxStats stats, double? busy) in now
            .Select(stats => (stats, Rate.Processors(earlier.GetValueOrDefault(stats.Attributes.Id)?.Linux.Cpu, stats.Linux.Cpu)))
            .OrderByDescending(row => row.Item2 ?? -1))
        {
            LinuxPodSandboxStats linux = stats.Linux;
            table.Add(
                stats.Attributes.Metadata.Namespace,
                stats.Attributes.Metadata.Name,
                Rate.Percent(busy),
                Size(linux.Memory?.WorkingSetBytes),
                Size(linux.Network?.DefaultInterface?.RxBytes),
                Size(linux.Network?.DefaultInterface?.TxBytes),
                linux.Process?.ProcessCount?.Value.ToString() ?? "-",
                linux.Containers.Count.ToString());
        }

        return table;
    }

    private static string Size(UInt64Value? bytes) => bytes is null ? "-" : HumanFormat.Size(bytes.Value);
}
