using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Pods.Tests;

public sealed class StatisticsTests : IAsyncLifetime
{
    private static readonly ContainerFilter AnyContainer = new(Id: null, SandboxId: null, State: null, Labels: null);
    private static readonly SandboxFilter AnySandbox = new(Id: null, State: null, Labels: null);

    private readonly FakeMeters _meters = new();
    private Lab _lab = null!;
    private Statistics _statistics = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.OpenAsync();
        _statistics = new Statistics(_lab.Sandboxes, _lab.Containers, _meters, Lab.Directories, _lab.Time, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _statistics.DisposeAsync();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task ListContainers_RunningCreatedAndExited_HasTheRunningOne()
    {
        ContainerId running = await _lab.RunContainerAsync();
        SandboxId sandbox = await _lab.RunSandboxAsync(Lab.SandboxSpec("other"));
        await _lab.CreateContainerAsync(sandbox);
        ContainerId exited = await _lab.RunContainerAsync(Lab.SandboxSpec("third"));
        await _lab.Containers.StopAsync(exited.Value, TimeSpan.FromSeconds(1), CancellationToken.None);

        ContainerStatistics statistics = Assert.Single(_statistics.ListContainers(AnyContainer));

        Assert.Equal(running, statistics.Container.Id);
        Assert.Equal(_lab.Time.GetUtcNow(), statistics.Sample.ReadAt);
        Assert.Equal(_meters.Cpu, statistics.Sample.Reading.CpuNanoseconds);
    }

    public static TheoryData<Exception> ReadFailures { get; } =
    [
        new LinuxException("open", "/pods/a/c", Errno.NotPermitted),
        new DirectoryNotFoundException("/pods/a/c"),
        new IOException("No such device"),
        new UnauthorizedAccessException("/proc/1/fd"),
    ];

    [Theory]
    [MemberData(nameof(ReadFailures), DisableDiscoveryEnumeration = true)]
    public async Task ListMetrics_OneContainerUnreadable_HasTheOthers(Exception failure)
    {
        ContainerId first = await _lab.RunContainerAsync(Lab.SandboxSpec("a") with { CgroupParent = "/pods/a" });
        ContainerId second = await _lab.CreateContainerAsync(_lab.Containers.Get(first.Value).SandboxId, Lab.ContainerSpec("second"));
        await _lab.Containers.StartAsync(second.Value, CancellationToken.None);
        _meters.DetailFailures[PathOf(first)] = failure;

        SandboxMetrics metrics = Assert.Single(_statistics.ListMetrics());

        Assert.Equal("/pods/a", metrics.CgroupDirectory);
        Assert.Equal(2, metrics.Statistics.Containers.Count);
        ContainerMetrics container = Assert.Single(metrics.Containers);
        Assert.Equal(second, container.Statistics.Container.Id);
        Assert.Equal((ulong)_lab.StatusOf(second).Pid, container.Details.OpenFilesLimit);
    }

    [Fact]
    public async Task ListContainers_Filters_AllHaveToHold()
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal) { ["app"] = "web" };
        ContainerId web = await _lab.RunContainerAsync(Lab.SandboxSpec("a"), Lab.ContainerSpec() with { Labels = labels });
        ContainerId plain = await _lab.RunContainerAsync(Lab.SandboxSpec("b"));
        SandboxId sandboxOfWeb = _lab.Containers.Get(web.Value).SandboxId;
        SandboxId sandboxOfPlain = _lab.Containers.Get(plain.Value).SandboxId;

        Assert.Equal(2, _statistics.ListContainers(AnyContainer).Count);
        Assert.Equal([web], List(AnyContainer with { Id = web.Value[..20] }));
        Assert.Equal([plain], List(AnyContainer with { SandboxId = sandboxOfPlain.Value }));
        Assert.Equal([web], List(AnyContainer with { Labels = labels }));
        Assert.Equal([web], List(new ContainerFilter(web.Value, sandboxOfWeb.Value, null, labels)));
        Assert.Empty(List(new ContainerFilter(web.Value, sandboxOfPlain.Value, null, labels)));
        Assert.Empty(List(AnyContainer with { Id = new string('0', 64) }));
        Assert.Empty(List(AnyContainer with { Labels = new Dictionary<string, string> { ["app"] = "db" } }));
    }

    [Fact]
    public async Task ListContainers_OneVanishesAndOneCanNotBeRead_HasTheOther()
    {
        ContainerId stays = await _lab.RunContainerAsync(Lab.SandboxSpec("a"));
        ContainerId gone = await _lab.RunContainerAsync(Lab.SandboxSpec("b"));
        ContainerId unreadable = await _lab.RunContainerAsync(Lab.SandboxSpec("c"));
        Assert.Equal(3, List(AnyContainer).Count);
        _meters.Gone[PathOf(gone)] = true;
        _meters.Unreadable[PathOf(unreadable)] = true;

        Assert.Equal([stays], List(AnyContainer));
        Assert.Equal(2, _meters.Open);
    }

    [Fact]
    public async Task ListContainers_SeveralCalls_KeepTheFilesOpenUntilTheContainerEnds()
    {
        ContainerId id = await _lab.RunContainerAsync();
        List(AnyContainer);
        List(AnyContainer);
        Assert.Single(_meters.Opened);
        Assert.Equal(1, _meters.Open);

        await _lab.Containers.StopAsync(id.Value, TimeSpan.FromSeconds(1), CancellationToken.None);
        List(AnyContainer);

        Assert.Equal(0, _meters.Open);
    }

    [Fact]
    public async Task ListContainers_TwoCallers_BothGetARateOfAUsefulTime()
    {
        await _lab.RunContainerAsync();
        Assert.Null(NanoCores());

        _meters.Cpu += 500_000_000;
        _lab.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(250_000_000UL, NanoCores());

        _lab.Time.Advance(TimeSpan.FromMilliseconds(1));
        _meters.Cpu += 1_000_000;
        Assert.Equal(250_000_000UL, NanoCores());

        _lab.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(1_000_000UL, NanoCores());
    }

    [Fact]
    public async Task GetContainer_NotRunning_IsFailedPrecondition()
    {
        ContainerId id = await _lab.CreateContainerAsync(await _lab.RunSandboxAsync());

        CridException exception = Assert.Throws<CridException>(() => _statistics.GetContainer(id.Value));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
    }

    [Fact]
    public async Task GetContainer_WritableLayer_IsThereAtOnceAndRefreshedAfterTenSeconds()
    {
        ContainerId id = await _lab.RunContainerAsync();
        FilesystemUsage first = _statistics.GetContainer(id.Value).WritableLayer!;
        Assert.Equal(new FilesystemUsage("/var/lib/crid/containers", 4096, 1, _lab.Time.GetUtcNow()), first);

        _meters.Layer = new DirectoryUsage(8192, 2);
        _lab.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(first, _statistics.GetContainer(id.Value).WritableLayer);
        Assert.Equal(1, _meters.Walks);

        _lab.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first, _statistics.GetContainer(id.Value).WritableLayer);
        await Lab.UntilAsync(() => _statistics.GetContainer(id.Value).WritableLayer!.UsedBytes == 8192);
        Assert.Equal(2, _meters.Walks);
    }

    [Fact]
    public async Task GetContainer_FirstWalkTooLong_HasNoLayerUntilTheBackgroundHasOne()
    {
        _meters.Layer = null;
        ContainerId id = await _lab.RunContainerAsync();
        Assert.Null(_statistics.GetContainer(id.Value).WritableLayer);

        _meters.Layer = new DirectoryUsage(1, 1);

        await Lab.UntilAsync(() =>
        {
            _lab.Time.Advance(TimeSpan.FromSeconds(10));
            return _statistics.GetContainer(id.Value).WritableLayer is not null;
        });
    }

    [Fact]
    public async Task ListSandboxes_CgroupParent_ReadsThePodsCgroup()
    {
        SandboxId id = await _lab.RunSandboxAsync(Lab.SandboxSpec() with { CgroupParent = "/kubepods/pod1" });
        ContainerId container = await _lab.CreateContainerAsync(id);
        await _lab.Containers.StartAsync(container.Value, CancellationToken.None);
        _meters.Interfaces = [new InterfaceCounters("net1"), new InterfaceCounters("eth0")];

        SandboxStatistics statistics = Assert.Single(_statistics.ListSandboxes(AnySandbox));

        Assert.Contains("/kubepods/pod1", _meters.Opened);
        Assert.Equal(2UL, statistics.Processes);
        Assert.Equal("eth0", statistics.DefaultInterface!.Name);
        Assert.Equal([container], statistics.Containers.Select(item => item.Container.Id));
    }

    [Fact]
    public async Task GetSandbox_NoCgroupParent_SumsItsContainers()
    {
        SandboxId id = await _lab.RunSandboxAsync();
        foreach (string name in new[] { "one", "two" })
        {
            ContainerId container = await _lab.CreateContainerAsync(id, Lab.ContainerSpec(name));
            await _lab.Containers.StartAsync(container.Value, CancellationToken.None);
        }

        SandboxStatistics statistics = _statistics.GetSandbox(id.Value[..16]);

        Assert.Equal(2 * _meters.Cpu, statistics.Sample.Reading.CpuNanoseconds);
        Assert.Equal(4UL, statistics.Processes);
        Assert.Null(statistics.DefaultInterface);
    }

    [Fact]
    public async Task GetSandbox_Stopped_IsFailedPreconditionAndListedNoMore()
    {
        SandboxId id = await _lab.RunSandboxAsync();
        await _lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        CridException exception = Assert.Throws<CridException>(() => _statistics.GetSandbox(id.Value));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Empty(_statistics.ListSandboxes(AnySandbox));
    }

    [Fact]
    public async Task DisposeAsync_FilesOpen_ClosesAll()
    {
        SandboxId sandbox = await _lab.RunSandboxAsync(Lab.SandboxSpec() with { CgroupParent = "/kubepods/pod1" });
        await _lab.Containers.StartAsync((await _lab.CreateContainerAsync(sandbox)).Value, CancellationToken.None);
        _statistics.ListSandboxes(AnySandbox);
        Assert.Equal(2, _meters.Open);

        await _statistics.DisposeAsync();

        Assert.Equal(0, _meters.Open);
        Assert.True(_meters.IsDisposed);
        _statistics = new Statistics(_lab.Sandboxes, _lab.Containers, new FakeMeters(), Lab.Directories, _lab.Time, NullLoggerFactory.Instance);
    }

    private List<ContainerId> List(ContainerFilter filter) =>
        [.. _statistics.ListContainers(filter).Select(statistics => statistics.Container.Id)];

    private string PathOf(ContainerId id) => _lab.StatusOf(id).CgroupPath;

    private ulong? NanoCores() => Assert.Single(_statistics.ListContainers(AnyContainer)).Sample.NanoCores;
}
