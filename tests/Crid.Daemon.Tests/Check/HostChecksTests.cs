using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.Networking;

namespace Crid.Daemon.Tests;

public sealed class HostChecksTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public async Task RunAsync_HealthyHost_IsOkThroughout()
    {
        IReadOnlyList<HostCheck> checks = await RunAsync();

        Assert.All(checks, check => Assert.Equal((CheckOutcome.Ok, ""), (check.Outcome, check.Advice)));
        Assert.Equal(checks.Count, checks.Select(check => check.Name).Distinct().Count());
    }

    [Fact]
    public async Task RunAsync_Miss_ComesWithAdvice()
    {
        _host.Texts.Clear();
        _host.Paths.Clear();
        _host.Programs.Clear();
        _host.Network = new NetworkStatus(false, "NetworkPluginNotReady", "no CNI configuration in /etc/cni/net.d");

        IReadOnlyList<HostCheck> checks = await RunAsync();

        Assert.All(checks.Where(check => check.Outcome != CheckOutcome.Ok), check => Assert.NotEmpty(check.Advice));
        Assert.Contains(checks, check => check.Outcome == CheckOutcome.Failure);
    }

    [Theory]
    [InlineData("5.4.0-42-generic", nameof(CheckOutcome.Failure))]
    [InlineData("5.10.0", nameof(CheckOutcome.Ok))]
    [InlineData("6.1.0-18-amd64", nameof(CheckOutcome.Ok))]
    [InlineData("7.0-rc1", nameof(CheckOutcome.Ok))]
    [InlineData("custom", nameof(CheckOutcome.Ok))]
    public async Task RunAsync_KernelRelease_IsComparedWithTheOldest(string release, string expected)
    {
        _host.Texts["/proc/sys/kernel/osrelease"] = release;

        Assert.Equal(expected, (await FindAsync("kernel")).Outcome.ToString());
    }

    [Fact]
    public async Task RunAsync_SignaturePolicyThatCantBeUsed_IsAFailure()
    {
        using TemporaryDirectory directory = new();
        string policy = directory.Write("policy.json", """{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]}""");

        IReadOnlyList<HostCheck> checks = await SignatureChecks.RunAsync(new ImagesOptions { SignaturePolicy = policy }, TestContext.Current.CancellationToken);

        HostCheck check = Assert.Single(checks);
        Assert.Equal(("signatures", CheckOutcome.Failure), (check.Name, check.Outcome));
        Assert.Contains("GPG", check.Found, StringComparison.Ordinal);
        directory.Write("policy.json", """{"default":[{"type":"reject"}]}""");
        Assert.Equal(CheckOutcome.Ok, (await SignatureChecks.RunAsync(new ImagesOptions { SignaturePolicy = policy }, TestContext.Current.CancellationToken))[0].Outcome);
    }

    [Fact]
    public async Task RunAsync_CallsAreMissing_NamesThem()
    {
        _host.Features = _host.Features with { HasOpenat2 = false, HasPidfd = false };

        HostCheck check = await FindAsync("kernel calls");

        Assert.Equal(CheckOutcome.Failure, check.Outcome);
        Assert.Equal("missing: openat2, pidfd_open", check.Found);
    }

    [Fact]
    public async Task RunAsync_NoOverlay_SaysWhichModule()
    {
        _host.Texts["/proc/filesystems"] = "nodev\tproc\n\text4";

        HostCheck check = await FindAsync("overlayfs");

        Assert.Equal(CheckOutcome.Failure, check.Outcome);
        Assert.Contains("modprobe overlay", check.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/ns/net", nameof(CheckOutcome.Failure))]
    [InlineData("/proc/self/ns/user", nameof(CheckOutcome.Warning))]
    public async Task RunAsync_NamespaceIsMissing_DependsOnTheKind(string path, string expected)
    {
        _host.Paths.Remove(path);

        Assert.Equal(expected, (await FindAsync("namespaces")).Outcome.ToString());
    }

    [Theory]
    [InlineData("0", nameof(CheckOutcome.Failure))]
    [InlineData("100", nameof(CheckOutcome.Warning))]
    [InlineData("60000", nameof(CheckOutcome.Ok))]
    public async Task RunAsync_NamespaceLimit_IsJudged(string limit, string expected)
    {
        _host.Texts["/proc/sys/user/max_net_namespaces"] = limit;

        Assert.Equal(expected, (await FindAsync("namespace limits")).Outcome.ToString());
    }

    [Fact]
    public async Task RunAsync_HybridCgroups_WarnsAndFindsTheControllers()
    {
        _host.Cgroups = new CgroupLayout(
        [
            new CgroupHierarchy("/sys/fs/cgroup/unified", []), new CgroupHierarchy("/sys/fs/cgroup/cpu", ["cpu", "cpuacct"]),
            new CgroupHierarchy("/sys/fs/cgroup/cpuset", ["cpuset"]), new CgroupHierarchy("/sys/fs/cgroup/memory", ["memory"]),
        ]);

        Assert.Equal(CheckOutcome.Warning, (await FindAsync("cgroups")).Outcome);
        HostCheck controllers = await FindAsync("cgroup controllers");
        Assert.Equal((CheckOutcome.Failure, "missing: pids"), (controllers.Outcome, controllers.Found));
    }

    [Fact]
    public async Task RunAsync_OnlyCpusetIsMissing_Warns()
    {
        _host.Texts["/sys/fs/cgroup/cgroup.controllers"] = "cpu io memory pids";

        HostCheck controllers = await FindAsync("cgroup controllers");

        Assert.Equal((CheckOutcome.Warning, "cpu, memory, pids; not cpuset"), (controllers.Outcome, controllers.Found));
    }

    [Fact]
    public async Task RunAsync_NoCgroups_Fails()
    {
        _host.Cgroups = new CgroupLayout([]);

        Assert.Equal(CheckOutcome.Failure, (await FindAsync("cgroups")).Outcome);
    }

    [Theory]
    [InlineData("1000", "000001ffffffffff", nameof(CheckOutcome.Failure))]
    [InlineData("0", "000001fffeffffff", nameof(CheckOutcome.Warning))] // without CAP_SYS_RESOURCE
    [InlineData("0", "000001ffffdfffff", nameof(CheckOutcome.Failure))] // without CAP_SYS_ADMIN
    public async Task RunAsync_Privileges_AreJudged(string uid, string capabilities, string expected)
    {
        _host.Texts["/proc/self/status"] = $"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nCapEff:\t{capabilities}";

        Assert.Equal(expected, (await FindAsync("privileges")).Outcome.ToString());
    }

    [Theory]
    [InlineData("runc version 1.1.5+ds1", nameof(CheckOutcome.Warning))]
    [InlineData("runc version 1.2.9", nameof(CheckOutcome.Warning))]
    [InlineData("runc version 1.3.5", nameof(CheckOutcome.Warning))]
    [InlineData("runc version 1.3.6", nameof(CheckOutcome.Ok))]
    [InlineData("runc version 1.4.2", nameof(CheckOutcome.Warning))]
    [InlineData("runc version 1.4.3", nameof(CheckOutcome.Ok))]
    [InlineData("runc version 1.5.0", nameof(CheckOutcome.Ok))]
    [InlineData("runc version 2.0.0", nameof(CheckOutcome.Ok))]
    [InlineData("crun version 1.8.1", nameof(CheckOutcome.Warning))]
    [InlineData("crun version 1.28", nameof(CheckOutcome.Ok))]
    [InlineData("other version 0.1", nameof(CheckOutcome.Ok))]
    [InlineData("", nameof(CheckOutcome.Failure))]
    public async Task RunAsync_RuntimeVersion_IsComparedWithTheFixedOnes(string line, string expected)
    {
        _host.Programs["runc"] = line;

        Assert.Equal(expected, (await FindAsync("runtime runc")).Outcome.ToString());
    }

    [Fact]
    public async Task RunAsync_OneRuntimeOfTwo_IsEnough()
    {
        _host.Programs.Remove("runc");

        IReadOnlyList<HostCheck> checks = await RunAsync();

        Assert.DoesNotContain(checks, check => check.Outcome != CheckOutcome.Ok);
    }

    [Fact]
    public async Task RunAsync_NoRuntime_Fails()
    {
        _host.Programs.Remove("runc");
        _host.Programs.Remove("crun");

        Assert.Equal(CheckOutcome.Failure, (await FindAsync("runtimes")).Outcome);
    }

    [Fact]
    public async Task RunAsync_NetworkIsNotReady_TellsWhy()
    {
        _host.Network = new NetworkStatus(false, "NetworkPluginNotReady", "no CNI configuration in /etc/cni/net.d");

        HostCheck check = await FindAsync("CNI configuration");

        Assert.Equal((CheckOutcome.Warning, "no CNI configuration in /etc/cni/net.d"), (check.Outcome, check.Found));
    }

    [Fact]
    public async Task RunAsync_SwitchesAreOff_NamesTheSysctl()
    {
        _host.Texts["/proc/sys/net/ipv4/ip_forward"] = "0";
        _host.Texts.Remove("/proc/sys/net/bridge/bridge-nf-call-iptables");

        Assert.Contains("sysctl -w net.ipv4.ip_forward=1", (await FindAsync("IPv4 forwarding")).Advice, StringComparison.Ordinal);
        Assert.Contains("modprobe br_netfilter", (await FindAsync("bridge filtering")).Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ext4", 50L << 30, nameof(CheckOutcome.Ok))]
    [InlineData("xfs", 3L << 30, nameof(CheckOutcome.Warning))]
    [InlineData("ext4", 1L << 20, nameof(CheckOutcome.Failure))]
    [InlineData("nfs", 50L << 30, nameof(CheckOutcome.Failure))]
    public async Task RunAsync_Disk_IsJudgedByTypeAndRoom(string type, long available, string expected)
    {
        _host.Disk = new HostFileSystem(type, 100L << 30, available);

        Assert.Equal(expected, (await FindAsync("disk")).Outcome.ToString());
    }

    [Fact]
    public async Task RunAsync_RootIsOpenToOthers_Warns()
    {
        _host.RootMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;

        Assert.Equal("chmod 0700 /var/lib/crid", (await FindAsync("directories")).Advice);
    }

    [Fact]
    public async Task RunAsync_SwapIsOn_Warns()
    {
        _host.Texts["/proc/swaps"] = "Filename Type Size\n/dev/sda2 partition 1000";

        Assert.Equal(CheckOutcome.Warning, (await FindAsync("swap")).Outcome);
    }

    [Theory]
    [InlineData(nameof(SocketState.Listening), nameof(CheckOutcome.Ok))]
    [InlineData(nameof(SocketState.Stale), nameof(CheckOutcome.Ok))]
    [InlineData(nameof(SocketState.NotASocket), nameof(CheckOutcome.Failure))]
    public async Task RunAsync_SomethingAtTheSocket_IsTold(string state, string expected)
    {
        _host.Sockets["/run/crid/crid.sock"] = Enum.Parse<SocketState>(state);

        Assert.Equal(expected, (await FindAsync("socket")).Outcome.ToString());
    }

    [Fact]
    public async Task RunAsync_AnotherRuntimeIsRunning_NamesIt()
    {
        _host.Sockets["/run/containerd/containerd.sock"] = SocketState.Listening;

        Assert.Equal("running: containerd", (await FindAsync("other runtimes")).Found);
    }

    private async Task<HostCheck> FindAsync(string name) => Assert.Single(await RunAsync(), check => check.Name == name);

    private Task<IReadOnlyList<HostCheck>> RunAsync() => HostChecks.RunAsync(
        new HostCheckOptions
        {
            Directories = new CridDirectories("/var/lib/crid", "/run/crid"),
            Socket = "/run/crid/crid.sock",
            Runtimes = new Dictionary<string, string> { ["runc"] = "runc", ["crun"] = "crun" },
            Network = new NetworkOptions(),
        },
        _host,
        CancellationToken.None);
}
