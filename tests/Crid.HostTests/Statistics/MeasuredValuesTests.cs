using System.Globalization;
using Crid.Api;

namespace Crid.HostTests;

/// <summary>
/// Statistics and metrics beside what the kernel says elsewhere of the same work: processor time by times(2), memory and files by what was
/// written, packets by the counters in sysfs. They agree within 5%.
/// </summary>
public sealed class MeasuredValuesTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const double Tolerance = 0.05;
    private const double MiB = 1 << 20;

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task Cpu_LoopOfAKnownTime_IsMeasured()
    {
        // The last line of times(1p) is of children, of which the loop has none.
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            "burn", fixture.Image, "while [ ! -e /go ]; do sleep 0.05; done; i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done; times; echo done; sleep 1000; true");
        ContainerStats before = await StatsAsync(id);

        await Daemon.ExecAsync(id, "/bin/touch", "/go");
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)).Contains("done"), "the loop has ended");

        ContainerStats after = await StatsAsync(id);
        double burnt = (await Daemon.ReadLogAsync(id))[0].Split(' ').Sum(Seconds);
        Near(burnt, (after.Cpu.UsageCoreNanoSeconds.Value - before.Cpu.UsageCoreNanoSeconds.Value) / 1e9, slack: 0.05);
        List<Metric> metrics = await MetricsAsync(sandboxId, id);
        Near(after.Cpu.UsageCoreNanoSeconds.Value / 1e9, Value(metrics, "container_cpu_usage_seconds_total"), slack: 1);
        Near(burnt, Value(metrics, "container_cpu_user_seconds_total") + Value(metrics, "container_cpu_system_seconds_total"), slack: 2);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task Memory_FileInSharedMemory_IsMeasured()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("fill", fixture.Image, "sleep 1000");
        ContainerStats before = await SettledStatsAsync(id);
        double cacheBefore = Value(await MetricsAsync(sandboxId, id), "container_memory_cache");

        await Daemon.ExecAsync(id, "/bin/dd", "if=/dev/zero", "of=/dev/shm/large", "bs=1048576", "count=48");

        ContainerStats after = await StatsAsync(id);
        Near(48 * MiB, after.Memory.UsageBytes.Value - (double)before.Memory.UsageBytes.Value, slack: MiB);
        Near(48 * MiB, after.Memory.WorkingSetBytes.Value - (double)before.Memory.WorkingSetBytes.Value, slack: MiB);
        List<Metric> metrics = await MetricsAsync(sandboxId, id);
        Near(48 * MiB, Value(metrics, "container_memory_cache") - cacheBefore, slack: MiB);
        Near(after.Memory.UsageBytes.Value, Value(metrics, "container_memory_usage_bytes"), slack: MiB);
        Assert.Equal(256 * MiB, Value(metrics, "container_spec_memory_limit_bytes"));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task Files_WrittenAroundTheCache_AreMeasured()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("write", fixture.Image, "sleep 1000");
        double? measured = null;
        await Eventually.TrueAsync(async () => (measured = (await StatsAsync(id)).WritableLayer?.UsedBytes.Value) is not null, "the layer is measured");
        double layerBefore = measured!.Value;

        (int exitCode, _, string error) = await Daemon.ExecAsync(id, "/bin/dd", "if=/dev/zero", "of=/large", "bs=1048576", "count=32", "oflag=direct");
        bool isDirect = exitCode == 0;
        if (!isDirect)
        {
            Console.WriteLine($"the block device is not looked at: this file system has no direct writes: {error.Trim()}");
            await Daemon.ExecAsync(id, "/bin/sh", "-c", "dd if=/dev/zero of=/large bs=1048576 count=32; sync");
        }

        await Eventually.TrueAsync(async () => (await StatsAsync(id)).WritableLayer.UsedBytes.Value > layerBefore + (30 * MiB), "the layer has grown");
        Near(32 * MiB, (await StatsAsync(id)).WritableLayer.UsedBytes.Value - layerBefore, slack: MiB);
        List<Metric> metrics = await MetricsAsync(sandboxId, id);
        Near(layerBefore + (32 * MiB), Value(metrics, "container_fs_usage_bytes"), slack: MiB);
        double written = metrics.Where(static metric => metric.Name == "container_fs_writes_bytes_total").Max(static metric => (double?)metric.Value.Value) ?? 0;
        if (isDirect && written > 0)
        {
            Near(32 * MiB, written, slack: MiB);
        }

        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task Packets_SentAndReceived_AreWhatSysfsSays()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("packets", fixture.Image, "sleep 1000");
        string gateway = Daemon.Subnet.Replace(".0.0/16", ".0.1", StringComparison.Ordinal);
        await Daemon.ExecAsync(id, "/bin/sh", "-c", $"for i in $(seq 100); do wget -O /dev/null http://{gateway}:1/; done");

        // Neighbour discovery may add a packet between the two looks.
        double sysfsPackets = await CounterAsync(id, "tx_packets");
        double sysfsBytes = await CounterAsync(id, "rx_bytes");
        List<Metric> metrics = await MetricsAsync(sandboxId, id: null);
        Assert.InRange(sysfsPackets, 100, double.MaxValue);
        Near(sysfsPackets, Value(metrics, "container_network_transmit_packets_total"), slack: 2);
        Near(sysfsBytes, Value(metrics, "container_network_receive_bytes_total"), slack: 200);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task ListPodSandboxMetrics_RealPod_EverySampleFitsItsDescriptor()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("fit", fixture.Image, "sleep 1000");
        Dictionary<string, MetricDescriptor> descriptors = (await Daemon.Runtime.ListMetricDescriptorsAsync(new ListMetricDescriptorsRequest()))
            .Descriptors.ToDictionary(static descriptor => descriptor.Name);

        List<Metric> metrics = [.. await MetricsAsync(sandboxId, id), .. await MetricsAsync(sandboxId, id: null)];

        Assert.All(metrics, metric => Assert.Equal(descriptors[metric.Name].LabelKeys.Count, metric.LabelValues.Count));
        Assert.Equal(1, Value(metrics, "container_processes"));
        Assert.InRange(Value(metrics, "container_file_descriptors"), 3, 100);
        Assert.InRange(Value(metrics, "container_start_time_seconds"), 1.7e9, 1e10);
        Assert.InRange(Value(metrics, "container_ulimits_soft"), 1, double.MaxValue);
        Assert.InRange(Value(metrics, "container_fs_limit_bytes"), MiB, double.MaxValue);
        Assert.Equal(100, Value(metrics, "container_spec_cpu_shares"));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    /// <summary>The memory of the OCI runtime's own process counts for the container for a while after its start.</summary>
    private async Task<ContainerStats> SettledStatsAsync(string id)
    {
        ContainerStats last = await StatsAsync(id);
        await Eventually.TrueAsync(
            async () =>
            {
                ulong before = last.Memory.UsageBytes.Value;
                await Task.Delay(500, TestContext.Current.CancellationToken);
                last = await StatsAsync(id);
                return last.Memory.UsageBytes.Value == before;
            },
            "the memory has settled");
        return last;
    }

    private static void Near(double expected, double actual, double slack)
    {
        double bound = (expected * Tolerance) + slack;
        Assert.True(Math.Abs(expected - actual) <= bound, $"expected {expected}, found {actual}");
    }

    /// <summary>As times(1p) writes them: 0m1.230s.</summary>
    private static double Seconds(string text)
    {
        string[] parts = text.TrimEnd('s').Split('m');
        return (double.Parse(parts[0], CultureInfo.InvariantCulture) * 60) + double.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static double Value(IEnumerable<Metric> metrics, string name) => metrics.Single(metric => metric.Name == name).Value.Value;

    private async Task<double> CounterAsync(string id, string name) =>
        double.Parse((await Daemon.ExecAsync(id, "/bin/cat", $"/sys/class/net/eth0/statistics/{name}")).Stdout, CultureInfo.InvariantCulture);

    private async Task<ContainerStats> StatsAsync(string id) =>
        (await Daemon.Runtime.ContainerStatsAsync(new ContainerStatsRequest { ContainerId = id })).Stats;

    /// <summary>The metrics of a container, or with null those of its pod.</summary>
    private async Task<List<Metric>> MetricsAsync(string sandboxId, string? id)
    {
        ListPodSandboxMetricsResponse response = await Daemon.Runtime.ListPodSandboxMetricsAsync(new ListPodSandboxMetricsRequest());
        PodSandboxMetrics pod = response.PodMetrics.Single(pod => pod.PodSandboxId == sandboxId);
        return id is null ? [.. pod.Metrics] : [.. pod.ContainerMetrics.Single(container => container.ContainerId == id).Metrics];
    }
}
