using Crid.Api;

namespace Crid.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void Stats_TwoMeasurements_ShowsTheDifference()
    {
        string text = Write(StatsVerb.ToTable([Container("a", 1_000_000_000, 0)], [Container("a", 2_000_000_000, 250_000_000), Container("b", 2_000_000_000, 7)]));

        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches(@"^a +web +demo +25\.0 +60\.0 MB +60% +- +4\.10 kB +3$", lines[1]);
        Assert.Matches(@"^b +web +demo +- +60\.0 MB", lines[2]);
    }

    [Fact]
    public void Top_Pods_AreInTheOrderOfTheirUse()
    {
        PodSandboxStats[] before = [Pod("idle", 0, 0), Pod("busy", 0, 0)];
        PodSandboxStats[] now = [Pod("idle", 1_000_000_000, 1_000_000), Pod("busy", 1_000_000_000, 1_500_000_000)];

        string[] lines = Write(TopVerb.ToTable(before, now)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Matches(@"^default +busy +150\.0 +- +10 B +20 B +4 +0$", lines[1]);
        Assert.Matches(@"^default +idle +0\.1 ", lines[2]);
    }

    [Theory]
    [InlineData(5L, 5L)]
    [InlineData(6L, 5L)]
    public void Processors_NoTimeBetween_IsNotKnown(long before, long now) =>
        Assert.Null(Rate.Processors(Cpu(before, 1), Cpu(now, 2)));

    private static string Write(Table table)
    {
        using StringWriter writer = new();
        table.Write(writer, screenWidth: null);
        return writer.ToString();
    }

    private static CpuUsage Cpu(long time, ulong used) => new() { Timestamp = time, UsageCoreNanoSeconds = new UInt64Value { Value = used } };

    private static ContainerStats Container(string id, long time, ulong used) => new()
    {
        Attributes = new ContainerAttributes
        {
            Id = id, Metadata = new ContainerMetadata { Name = "web" }, Labels = { [ObjectFinder.PodNameLabel] = "demo" },
        },
        Cpu = Cpu(time, used),
        Memory = new MemoryUsage { WorkingSetBytes = new UInt64Value { Value = 60_000_000 }, AvailableBytes = new UInt64Value { Value = 40_000_000 } },
        WritableLayer = new FilesystemUsage { UsedBytes = new UInt64Value { Value = 4096 }, InodesUsed = new UInt64Value { Value = 3 } },
    };

    private static PodSandboxStats Pod(string name, long time, ulong used) => new()
    {
        Attributes = new PodSandboxAttributes { Id = name, Metadata = new PodSandboxMetadata { Name = name, Namespace = "default" } },
        Linux = new LinuxPodSandboxStats
        {
            Cpu = Cpu(time, used),
            Process = new ProcessUsage { ProcessCount = new UInt64Value { Value = 4 } },
            Network = new NetworkUsage
            {
                DefaultInterface = new NetworkInterfaceUsage { RxBytes = new UInt64Value { Value = 10 }, TxBytes = new UInt64Value { Value = 20 } },
            },
        },
    };
}
