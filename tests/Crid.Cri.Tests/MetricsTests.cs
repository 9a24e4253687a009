using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

public sealed class MetricsTests
{
    private static readonly DateTimeOffset ReadAt = DateTimeOffset.UnixEpoch.AddSeconds(7);

    private readonly RuntimeFixture _fixture = new();

    [Fact]
    public async Task ListPodSandboxMetrics_EverySample_FitsItsDescriptor()
    {
        _fixture.Statistics.Metrics.Add(Full());
        Dictionary<string, Api.MetricDescriptor> descriptors = (await _fixture.Service.ListMetricDescriptors(new Api.ListMetricDescriptorsRequest(), _fixture.Context))
            .Descriptors.ToDictionary(static descriptor => descriptor.Name);

        Api.ListPodSandboxMetricsResponse response = await _fixture.Service.ListPodSandboxMetrics(new Api.ListPodSandboxMetricsRequest(), _fixture.Context);

        List<Api.Metric> samples = [.. AllOf(Assert.Single(response.PodMetrics))];
        Assert.Equal(descriptors.Keys.Order(), samples.Select(static sample => sample.Name).Distinct().Order());
        Assert.All(samples, sample => Assert.Equal(descriptors[sample.Name].LabelKeys.Count, sample.LabelValues.Count));
        Assert.All(samples, static sample => Assert.Equal(7_000_000_000, sample.Timestamp));
        Assert.All(descriptors.Values, static descriptor => Assert.NotEmpty(descriptor.Help));
        Assert.Equal(samples.Count, samples.Select(static sample => $"{sample.Name} {string.Join(' ', sample.LabelValues)}").Distinct().Count());
    }

    [Theory]
    [InlineData("container_cpu_usage_seconds_total", 5)]
    [InlineData("container_cpu_user_seconds_total", 3)]
    [InlineData("container_memory_working_set_bytes", 70)]
    [InlineData("container_spec_memory_limit_bytes", 200)]
    [InlineData("container_fs_usage_bytes", 4096)]
    [InlineData("container_fs_writes_bytes_total", 9)]
    [InlineData("container_pressure_cpu_waiting_seconds_total", 2)]
    [InlineData("container_start_time_seconds", 3)]
    [InlineData("container_last_seen", 7)]
    [InlineData("container_threads", 3)]
    [InlineData("container_threads_max", 0)]
    [InlineData("container_spec_cpu_shares", 100)]
    public async Task ListPodSandboxMetrics_Container_HasTheValue(string name, ulong expected)
    {
        _fixture.Statistics.Metrics.Add(Full());

        Api.ListPodSandboxMetricsResponse response = await _fixture.Service.ListPodSandboxMetrics(new Api.ListPodSandboxMetricsRequest(), _fixture.Context);

        Api.Metric metric = Assert.Single(response.PodMetrics[0].ContainerMetrics[0].Metrics, metric => metric.Name == name);
        Assert.Equal(expected, metric.Value.Value);
        Assert.Equal(["app", "/pods/c", "busybox:1.36"], metric.LabelValues.Take(3));
        Assert.Equal(["default", "web"], metric.LabelValues.Skip(4).Take(2));
    }

    [Fact]
    public async Task ListPodSandboxMetrics_Network_IsThePodsAlone()
    {
        _fixture.Statistics.Metrics.Add(Full());

        Api.ListPodSandboxMetricsResponse response = await _fixture.Service.ListPodSandboxMetrics(new Api.ListPodSandboxMetricsRequest(), _fixture.Context);

        Api.Metric dropped = Assert.Single(response.PodMetrics[0].Metrics, static metric => metric.Name == "container_network_receive_packets_dropped_total");
        Assert.Equal(6UL, dropped.Value.Value);
        Assert.Equal(["", "/pods", ""], dropped.LabelValues.Take(3));
        Assert.Equal("eth0", dropped.LabelValues[^1]);
    }

    [Fact]
    public async Task ListPodSandboxMetrics_KernelAccountsLittle_LeavesOutWhatIsUnknown()
    {
        SandboxMetrics full = Full();
        ContainerMetrics container = full.Containers[0];
        ContainerStatistics little = container.Statistics with { Sample = new CgroupSample(ReadAt, new CgroupReading { CpuNanoseconds = 1 }, null), WritableLayer = null };
        ContainerDetails details = new("/pods/c", new CgroupDetails(), new ProcessResources(0, 0, 0), null);
        _fixture.Statistics.Metrics.Add(full with { Containers = [new ContainerMetrics(little, details)] });

        Api.ListPodSandboxMetricsResponse response = await _fixture.Service.ListPodSandboxMetrics(new Api.ListPodSandboxMetricsRequest(), _fixture.Context);

        HashSet<string> names = [.. response.PodMetrics[0].ContainerMetrics[0].Metrics.Select(static metric => metric.Name)];
        Assert.Contains("container_cpu_usage_seconds_total", names);
        Assert.DoesNotContain("container_memory_usage_bytes", names);
        Assert.DoesNotContain("container_pressure_cpu_waiting_seconds_total", names);
        Assert.DoesNotContain("container_fs_usage_bytes", names);
    }

    [Fact]
    public async Task StreamPodSandboxMetrics_ManyPods_AllArrive()
    {
        _fixture.Statistics.Metrics.AddRange(Enumerable.Range(0, StreamedList.PartSize + 1).Select(static _ => Full()));
        ListWriter<Api.StreamPodSandboxMetricsResponse> writer = new();

        await _fixture.Service.StreamPodSandboxMetrics(new Api.StreamPodSandboxMetricsRequest(), writer, _fixture.Context);

        Assert.Equal([StreamedList.PartSize, 1], writer.Messages.Select(static part => part.PodSandboxMetrics.Count));
    }

    private static IEnumerable<Api.Metric> AllOf(Api.PodSandboxMetrics pod) => pod.Metrics.Concat(pod.ContainerMetrics.SelectMany(static container => container.Metrics));

    private static SandboxMetrics Full()
    {
        Pressure pressure = new(new PressureLine(2_500_000, 0, 0, 0), new PressureLine(1, 0, 0, 0));
        CgroupReading reading = new()
        {
            CpuNanoseconds = 5_900_000_000,
            Memory = new CgroupMemory { Usage = 100, InactiveFile = 30, Anonymous = 60, PageFaults = 8, MajorPageFaults = 2, Limit = 200 },
            Swap = new CgroupSwap(10, 40),
            Tasks = 3,
            CpuPressure = pressure,
            MemoryPressure = pressure,
            IoPressure = pressure,
        };
        CgroupDetails details = new()
        {
            UserNanoseconds = 3_999_999_999,
            PeakMemory = 150,
            Hugepages = [new HugepageUsage("2MB", 1, 2)],
            Devices = [new DeviceUsage(8, 0) { WrittenBytes = 9 }],
        };
        ContainerStatus status = new()
        {
            State = ContainerState.Running,
            CreatedAt = Samples.Created,
            StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(3.7),
            ImageId = ImageId.Parse(Samples.ImageId),
            Resources = new ResourcesSpec { CpuShares = 100, CpuPeriod = 100_000, CpuQuota = 50_000 },
        };
        CgroupSample sample = new(ReadAt, reading, 250);
        ContainerStatistics container = new(Samples.Container(status: status), sample, new FilesystemUsage("/var/lib/crid/containers", 4096, 5, ReadAt));
        SandboxStatistics sandbox = new(Samples.Sandbox(), sample, [new InterfaceCounters("eth0") { ReceiveDrops = 6 }], [container]);
        StorageStatus storage = new("/dev/sda1", new FileSystemStatus(1000, 500, 400, 100, 50));
        return new SandboxMetrics(sandbox, "/pods", storage, [new ContainerMetrics(container, new ContainerDetails("/pods/c", details, new ProcessResources(1, 2, 1), 1024))]);
    }
}
