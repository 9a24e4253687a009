using Crid.Api;

namespace Crid.HostTests;

/// <summary>Statistics of real containers against what the containers are known to do; no bound depends on the machine's speed.</summary>
public sealed class StatisticsTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const ulong MiB = 1 << 20;

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task ContainerStats_BusyContainer_CpuTimeGrowsUpToTheWallTime()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("busy", fixture.Image, "while :; do :; done");
        ContainerStats first = await StatsAsync(id);

        ContainerStats last = first;
        await Eventually.TrueAsync(
            async () =>
            {
                last = await StatsAsync(id);
                return Cpu(last) - Cpu(first) > 200_000_000;
            },
            "the loop has used 0.2 s");

        ulong wall = (ulong)(last.Cpu.Timestamp - first.Cpu.Timestamp);
        Assert.InRange(Cpu(last) - Cpu(first), 200_000_000UL, wall + 100_000_000);
        Assert.InRange(last.Cpu.UsageNanoCores.Value, 1UL, 1_500_000_000UL);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task ContainerStats_MemoryIsFilled_UsageAndFaultsShowIt()
    {
        // A command after the sleep: the shell would become the last one, and its variables would be gone.
        (string sandboxId, string id) = await Daemon.RunPodAsync("memory", fixture.Image, "x=$(seq 1000000 5000000); echo full; sleep 1000; true");
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)).Contains("full"), "the variable is set");

        ContainerStats stats = await StatsAsync(id);

        MemoryUsage memory = stats.Memory;
        Assert.InRange(memory.UsageBytes.Value, 30 * MiB, 256 * MiB);
        Assert.InRange(memory.RssBytes.Value, 30 * MiB, memory.UsageBytes.Value);
        Assert.InRange(memory.WorkingSetBytes.Value, 30 * MiB, memory.UsageBytes.Value);
        Assert.Equal((256 * MiB) - memory.WorkingSetBytes.Value, memory.AvailableBytes.Value);
        Assert.InRange(memory.PageFaults.Value, 1000UL, ulong.MaxValue);
        Assert.NotNull(memory.MajorPageFaults);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task ContainerStats_FilesAreWritten_WritableLayerGrows()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("writer", fixture.Image, "sleep 1000");
        FilesystemUsage? before = null;
        await Eventually.TrueAsync(async () => (before = (await StatsAsync(id)).WritableLayer) is not null, "the layer is measured");
        Assert.Equal($"{Daemon.Root}/containers", before!.FsId.Mountpoint);

        await Daemon.ExecAsync(id, "/bin/sh", "-c", "dd if=/dev/zero of=/large bs=1048576 count=8; touch /a /b; sync");

        await Eventually.TrueAsync(
            async () => (await StatsAsync(id)).WritableLayer.UsedBytes.Value >= before.UsedBytes.Value + (8 * MiB), "the layer has grown by what was written");
        FilesystemUsage after = (await StatsAsync(id)).WritableLayer;
        Assert.Equal(before.InodesUsed.Value + 3, after.InodesUsed.Value);
        Assert.InRange(after.Timestamp, before.Timestamp + 1, long.MaxValue);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task PodSandboxStats_PacketsAreSent_CountersMove()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("network", fixture.Image, "sleep 1000");
        NetworkInterfaceUsage before = (await SandboxStatsAsync(sandboxId)).Linux.Network.DefaultInterface;
        Assert.Equal("eth0", before.Name);

        string gateway = Daemon.Subnet.Replace(".0.0/16", ".0.1", StringComparison.Ordinal);

        // The gateway answers to a closed port with a reset: traffic in both directions.
        await Daemon.ExecAsync(id, "/bin/sh", "-c", $"for i in $(seq 20); do wget -O /dev/null http://{gateway}:1/; done");

        PodSandboxStats stats = await SandboxStatsAsync(sandboxId);
        NetworkInterfaceUsage after = stats.Linux.Network.DefaultInterface;
        Assert.InRange(after.TxBytes.Value, before.TxBytes.Value + 1000, ulong.MaxValue);
        Assert.InRange(after.RxBytes.Value, before.RxBytes.Value + 500, ulong.MaxValue);
        Assert.Equal(["eth0"], stats.Linux.Network.Interfaces.Select(counters => counters.Name));
        Assert.Equal(id, Assert.Single(stats.Linux.Containers).Attributes.Id);
        Assert.InRange(stats.Linux.Process.ProcessCount.Value, 1UL, 1000UL);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task PodSandboxStats_NodeNetworkWithoutContainers_HasLinuxWithoutNetwork()
    {
        PodSandboxConfig config = Requests.Sandbox(Daemon, "hostnet", network: NamespaceMode.Node);
        config.Linux.CgroupParent = "";
        string sandboxId = await Daemon.RunSandboxAsync(config);

        PodSandboxStats stats = await SandboxStatsAsync(sandboxId);

        Assert.Equal("hostnet", stats.Attributes.Metadata.Name);
        Assert.Null(stats.Linux.Network);
        Assert.Equal(0UL, stats.Linux.Cpu.UsageCoreNanoSeconds.Value);
        Assert.InRange(stats.Linux.Cpu.Timestamp, 1, long.MaxValue);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task Lists_ContainersComeAndGo_NeverFailAndEndEmpty()
    {
        List<string> sandboxes = [];
        for (int i = 0; i < 4; i++)
        {
            sandboxes.Add((await Daemon.RunPodAsync($"passing{i}", fixture.Image, "sleep 1000", (_, container) => container.Labels["test"] = "passing")).SandboxId);
        }

        ContainerStatsFilter filter = new() { LabelSelector = { ["test"] = "passing" } };
        using CancellationTokenSource done = new();
        Task lists = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                ListContainerStatsResponse list = await Daemon.Runtime.ListContainerStatsAsync(new ListContainerStatsRequest { Filter = filter });
                Assert.All(list.Stats, stats => Assert.NotEmpty(stats.Attributes.Metadata.Name));
                await Daemon.Runtime.ListPodSandboxStatsAsync(new ListPodSandboxStatsRequest());
            }
        });
        foreach (string sandbox in sandboxes)
        {
            await Daemon.RemoveSandboxAsync(sandbox);
        }

        await done.CancelAsync();
        await lists;
        Assert.Empty((await Daemon.Runtime.ListContainerStatsAsync(new ListContainerStatsRequest { Filter = filter })).Stats);
    }

    private static ulong Cpu(ContainerStats stats) => stats.Cpu.UsageCoreNanoSeconds.Value;

    private async Task<ContainerStats> StatsAsync(string id) =>
        (await Daemon.Runtime.ContainerStatsAsync(new ContainerStatsRequest { ContainerId = id })).Stats;

    private async Task<PodSandboxStats> SandboxStatsAsync(string id) =>
        (await Daemon.Runtime.PodSandboxStatsAsync(new PodSandboxStatsRequest { PodSandboxId = id })).Stats;
}
