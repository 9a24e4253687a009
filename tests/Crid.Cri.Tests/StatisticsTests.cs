using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

public class StatisticsTests
{
    private static readonly DateTimeOffset ReadAt = DateTimeOffset.UnixEpoch.AddSeconds(7);

    private static readonly CgroupReading Full = new()
    {
        CpuNanoseconds = 5_000,
        Memory = new CgroupMemory { Usage = 100, InactiveFile = 30, Anonymous = 60, PageFaults = 8, MajorPageFaults = 2, Limit = 200 },
        Swap = new CgroupSwap(10, 40),
        Tasks = 3,
        CpuPressure = new Pressure(new PressureLine(2, 0.5, 0.25, 0.125), new PressureLine(1, 0, 0, 0)),
        MemoryPressure = new Pressure(new PressureLine(4, 0, 0, 0), default),
        IoPressure = new Pressure(new PressureLine(6, 0, 0, 0), default),
    };

    private readonly RuntimeFixture _fixture = new();

    [Fact]
    public async Task ContainerStats_EverythingKnown_HasEveryField()
    {
        ContainerSpec spec = new()
        {
            Metadata = new ContainerMetadata("app", 1),
            Image = "busybox",
            Labels = new Dictionary<string, string> { ["a"] = "b" },
            Annotations = new Dictionary<string, string> { ["c"] = "d" },
        };
        Container container = Samples.Container(spec);
        _fixture.Statistics.Containers.Add(new ContainerStatistics(
            container, new CgroupSample(ReadAt, Full, 250), new FilesystemUsage("/var/lib/crid/containers", 4096, 5, ReadAt)));

        Api.ContainerStatsResponse response = await _fixture.Service.ContainerStats(
            new Api.ContainerStatsRequest { ContainerId = container.Id.Value }, _fixture.Context);

        const string expected = """
            { "attributes": { "id": "ID", "metadata": { "name": "app", "attempt": 1 }, "labels": { "a": "b" }, "annotations": { "c": "d" } },
              "cpu": { "timestamp": "7000000000", "usageCoreNanoSeconds": { "value": "5000" }, "usageNanoCores": { "value": "250" },
                "psi": { "Full": { "Total": "1000" }, "Some": { "Total": "2000", "Avg10": 0.5, "Avg60": 0.25, "Avg300": 0.125 } } },
              "memory": { "timestamp": "7000000000", "workingSetBytes": { "value": "70" }, "availableBytes": { "value": "130" },
                "usageBytes": { "value": "100" }, "rssBytes": { "value": "60" }, "pageFaults": { "value": "8" }, "majorPageFaults": { "value": "2" },
                "psi": { "Full": { }, "Some": { "Total": "4000" } } },
              "writableLayer": { "timestamp": "7000000000", "fsId": { "mountpoint": "/var/lib/crid/containers" }, "usedBytes": { "value": "4096" }, "inodesUsed": { "value": "5" } },
              "swap": { "timestamp": "7000000000", "swapAvailableBytes": { "value": "30" }, "swapUsageBytes": { "value": "10" } },
              "io": { "timestamp": "7000000000", "psi": { "Full": { }, "Some": { "Total": "6000" } } } }
            """;
        Assert.Equal(
            Google.Protobuf.JsonParser.Default.Parse<Api.ContainerStats>(expected.Replace("ID", container.Id.Value, StringComparison.Ordinal)), response.Stats);
    }

    [Fact]
    public async Task ListContainerStats_LittleKnown_HasAttributesAndLeavesTheRestOut()
    {
        _fixture.Statistics.Containers.Add(new ContainerStatistics(
            Samples.Container(), new CgroupSample(ReadAt, new CgroupReading { CpuNanoseconds = 0 }, null), WritableLayer: null));

        Api.ListContainerStatsResponse response = await _fixture.Service.ListContainerStats(new Api.ListContainerStatsRequest(), _fixture.Context);

        Api.ContainerStats stats = Assert.Single(response.Stats);
        Assert.Equal("app", stats.Attributes.Metadata.Name);
        Assert.Equal(0UL, stats.Cpu.UsageCoreNanoSeconds.Value);
        Assert.Null(stats.Cpu.UsageNanoCores);
        Assert.Null(stats.Cpu.Psi);
        Assert.Null(stats.Memory);
        Assert.Null(stats.Swap);
        Assert.Null(stats.Io);
        Assert.Null(stats.WritableLayer);
    }

    [Fact]
    public async Task ListContainerStats_Filter_IsPassedOn()
    {
        Api.ContainerStatsFilter filter = new() { Id = "c1", PodSandboxId = "s1", LabelSelector = { ["a"] = "b" } };

        await _fixture.Service.ListContainerStats(new Api.ListContainerStatsRequest { Filter = filter }, _fixture.Context);

        ContainerFilter passed = _fixture.Statistics.ContainerFilter!;
        Assert.Equal(("c1", "s1", "b"), (passed.Id, passed.SandboxId, passed.Labels!["a"]));
    }

    [Fact]
    public async Task ContainerStats_UnknownContainer_IsNotFound()
    {
        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => _fixture.Service.ContainerStats(new Api.ContainerStatsRequest { ContainerId = "none" }, _fixture.Context));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
    }

    [Fact]
    public async Task PodSandboxStats_PodNetwork_HasTheDefaultInterfaceAndAll()
    {
        InterfaceCounters other = new("net1");
        InterfaceCounters main = new("eth0") { ReceivedBytes = 1, ReceiveErrors = 2, SentBytes = 3, SendErrors = 4 };
        SandboxStatistics sandbox = AddSandbox([other, main]);

        Api.PodSandboxStatsResponse response = await _fixture.Service.PodSandboxStats(
            new Api.PodSandboxStatsRequest { PodSandboxId = sandbox.Sandbox.Id.Value }, _fixture.Context);

        Api.LinuxPodSandboxStats linux = response.Stats.Linux;
        Assert.Equal("web", response.Stats.Attributes.Metadata.Name);
        Assert.Equal(["net1", "eth0"], linux.Network.Interfaces.Select(counters => counters.Name));
        Assert.Equal(
            new Api.NetworkInterfaceUsage
            {
                Name = "eth0",
                RxBytes = new Api.UInt64Value { Value = 1 },
                RxErrors = new Api.UInt64Value { Value = 2 },
                TxBytes = new Api.UInt64Value { Value = 3 },
                TxErrors = new Api.UInt64Value { Value = 4 },
            },
            linux.Network.DefaultInterface);
        Assert.Equal(9UL, linux.Process.ProcessCount.Value);
        Assert.Equal(7_000_000_000, linux.Process.Timestamp);
        Assert.Equal(5_000UL, linux.Cpu.UsageCoreNanoSeconds.Value);
        Assert.Single(linux.Containers);
    }

    [Fact]
    public async Task ListPodSandboxStats_NodeNetwork_HasLinuxWithoutNetwork()
    {
        AddSandbox([]);

        Api.ListPodSandboxStatsResponse response = await _fixture.Service.ListPodSandboxStats(
            new Api.ListPodSandboxStatsRequest { Filter = new Api.PodSandboxStatsFilter { Id = "s1", LabelSelector = { ["a"] = "b" } } }, _fixture.Context);

        Api.PodSandboxStats stats = Assert.Single(response.Stats);
        Assert.NotNull(stats.Linux);
        Assert.Null(stats.Linux.Network);
        Assert.Equal("s1", _fixture.Statistics.SandboxFilter!.Id);
        Assert.Equal("b", _fixture.Statistics.SandboxFilter.Labels!["a"]);
    }

    [Fact]
    public async Task Streams_ManyItems_SendEachOnce()
    {
        for (int i = 0; i < 70; i++)
        {
            AddSandbox([]);
            _fixture.Statistics.Containers.Add(new ContainerStatistics(Samples.Container(), new CgroupSample(ReadAt, Full, null), WritableLayer: null));
        }

        ListWriter<Api.StreamContainerStatsResponse> containers = new();
        ListWriter<Api.StreamPodSandboxStatsResponse> sandboxes = new();
        await _fixture.Service.StreamContainerStats(new Api.StreamContainerStatsRequest(), containers, _fixture.Context);
        await _fixture.Service.StreamPodSandboxStats(new Api.StreamPodSandboxStatsRequest(), sandboxes, _fixture.Context);

        Assert.Equal(
            _fixture.Statistics.Containers.Select(item => item.Container.Id.Value),
            containers.Messages.SelectMany(part => part.ContainerStats).Select(stats => stats.Attributes.Id));
        Assert.Equal(
            _fixture.Statistics.Sandboxes.Select(item => item.Sandbox.Id.Value),
            sandboxes.Messages.SelectMany(part => part.PodSandboxStats).Select(stats => stats.Attributes.Id));
    }

    private SandboxStatistics AddSandbox(IReadOnlyList<InterfaceCounters> interfaces)
    {
        ContainerStatistics container = new(Samples.Container(), new CgroupSample(ReadAt, Full, null), WritableLayer: null);
        SandboxStatistics sandbox = new(Samples.Sandbox(), new CgroupSample(ReadAt, Full, 250), interfaces, [container]) { Processes = 9 };
        _fixture.Statistics.Sandboxes.Add(sandbox);
        return sandbox;
    }
}
