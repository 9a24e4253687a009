using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid stats</c>: what running containers use.</summary>
internal static class StatsVerb
{
    public static readonly string[] Examples =
    [
        "crid stats                     # all running containers, until Ctrl-C",
        "crid stats web                 # one of them",
        "crid stats --no-stream         # once",
        "crid stats -o json | jq '.[].memory.workingSetBytes'",
    ];

    public static Command Create()
    {
        Argument<string?> name = new("CONTAINER") { Arity = ArgumentArity.ZeroOrOne, Description = "Name, pod/name, or the beginning of the id" };
        LiveTable live = new();
        Command command = new("stats", "Show what containers use") { name };
        live.AddTo(command);
        Verb.Attach(command, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            ContainerStatsFilter filter = new();
            if (parsed.GetValue(name) is string wanted)
            {
                filter.Id = (await new ObjectFinder(context.Daemon).GetContainerAsync(wanted, cancellation)).Id;
            }

            await live.RunAsync(parsed, context, MeasureAsync, ToTable, cancellation);
            return ExitCodes.Success;

            async Task<IReadOnlyList<ContainerStats>> MeasureAsync() => (await context.Daemon.Runtime.ListContainerStatsAsync(
                new ListContainerStatsRequest { Filter = filter }, context.Daemon.Within(cancellation))).Stats;
        });
        return command;
    }

    internal static Table ToTable(IReadOnlyList<ContainerStats> before, IReadOnlyList<ContainerStats> now)
    {
        Dictionary<string, ContainerStats> earlier = before.ToDictionary(stats => stats.Attributes.Id);
        Table table = new(
            new TableColumn("CONTAINER ID"), new TableColumn("NAME", MinimumWidth: 8), new TableColumn("POD", MinimumWidth: 8),
            new TableColumn("CPU %", AlignRight: true), new TableColumn("MEMORY", AlignRight: true), new TableColumn("OF LIMIT", AlignRight: true),
            new TableColumn("SWAP", AlignRight: true), new TableColumn("DISK", AlignRight: true), new TableColumn("FILES", AlignRight: true));
        foreach ((ContainerStats stats, double? busy) in now
            .Select(stats => (stats, Rate.Processors(earlier.GetValueOrDefault(stats.Attributes.Id)?.Cpu, stats.Cpu)))
            .OrderByDescending(row => row.Item2 ?? -1))
        {
            table.Add(
                HumanFormat.ShortId(stats.Attributes.Id),
                stats.Attributes.Metadata.Name,
                stats.Attributes.Labels.TryGetValue(ObjectFinder.PodNameLabel, out string? pod) ? pod : "",
                Rate.Percent(busy),
                Size(stats.Memory?.WorkingSetBytes),
                OfLimit(stats.Memory),
                Size(stats.Swap?.SwapUsageBytes),
                Size(stats.WritableLayer?.UsedBytes),
                stats.WritableLayer?.InodesUsed?.Value.ToString() ?? "-");
        }

        return table;
    }

    private static string Size(UInt64Value? bytes) => bytes is null ? "-" : HumanFormat.Size(bytes.Value);

    private static string OfLimit(MemoryUsage? memory)
    {
        if (memory?.WorkingSetBytes is null || memory.AvailableBytes is null)
        {
            return "-";
        }

        double limit = memory.WorkingSetBytes.Value + (double)memory.AvailableBytes.Value;
        return limit > 0 ? $"{memory.WorkingSetBytes.Value / limit * 100:F0}%" : "-";
    }
}
