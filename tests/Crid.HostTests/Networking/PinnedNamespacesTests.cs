using Crid.Core;
using Crid.Linux;

namespace Crid.HostTests;

public sealed class PinnedNamespacesTests : IDisposable
{
    private readonly NamespaceLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task CreateAsync_AllKinds_SetsThemUpAndPinsThem()
    {
        NamespaceRequest request = new()
        {
            Id = SandboxId.New(),
            Network = true,
            Ipc = true,
            Uts = true,
            Hostname = "web-0",
            Sysctls = new Dictionary<string, string>
            {
                ["net.core.somaxconn"] = "321",
                ["kernel.shm_rmid_forced"] = "1",
                ["kernel.msgmax"] = "9000",
                ["kernel.sem"] = "200 30000 30 100",
                ["fs.mqueue.msg_max"] = "11",
            },
        };

        NamespacePaths paths = await _lab.Namespaces.CreateAsync(request, CancellationToken.None);

        Assert.Contains("LOOPBACK,UP", await LabProcess.RunAsync("nsenter", $"--net={paths.Network}", "ip", "link", "show", "lo"));
        Assert.Equal("web-0", (await LabProcess.RunAsync("nsenter", $"--uts={paths.Uts}", "hostname")).Trim());
        Assert.Equal(["321", "0", "0\t2147483647"], await ReadAsync($"--net={paths.Network}", "net/core/somaxconn", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range"));
        Assert.Equal(["1", "9000", "200\t30000\t30\t100", "11"], await ReadAsync($"--ipc={paths.Ipc}", "kernel/shm_rmid_forced", "kernel/msgmax", "kernel/sem", "fs/mqueue/msg_max"));
        Assert.NotEqual("web-0", Environment.MachineName);
        Assert.Equal(paths, _lab.Namespaces.Get(request.Id));
        Assert.Equal([request.Id], _lab.Namespaces.List());
    }

    [Fact]
    public async Task CreateAsync_UserNamespace_OwnsTheOthersAndMapsIds()
    {
        HostRequirements.Require(NamespaceLab.PauseProgram);
        NamespaceRequest request = new()
        {
            Id = SandboxId.New(),
            Network = true,
            Ipc = true,
            Uts = true,
            User = new IdMappings([new IdMapping(0, 200000, 65536)], [new IdMapping(0, 300000, 1000)]),
            Hostname = "web-0",
            Sysctls = new Dictionary<string, string> { ["net.core.somaxconn"] = "321", ["fs.mqueue.msg_max"] = "11" },
        };

        NamespacePaths paths = await _lab.Namespaces.CreateAsync(request, CancellationToken.None);

        Assert.Equal("0 200000 65536", await InUserNamespaceAsync(paths, "cat", "/proc/self/uid_map"));
        Assert.Equal("0 300000 1000", await InUserNamespaceAsync(paths, "cat", "/proc/self/gid_map"));
        Assert.Equal("web-0", await InUserNamespaceAsync(paths, "hostname"));
        Assert.Contains("LOOPBACK,UP", await InUserNamespaceAsync(paths, "ip", "link", "show", "lo"), StringComparison.Ordinal);
        Assert.Equal("", await InUserNamespaceAsync(paths, "ip", "link", "set", "lo", "mtu", "1400"));
        Assert.Equal(["321", "0", "0\t2147483647"], await ReadAsync($"--net={paths.Network}", "net/core/somaxconn", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range"));
        Assert.Equal(["11"], await ReadAsync($"--ipc={paths.Ipc}", "fs/mqueue/msg_max"));
        Assert.Equal(paths, _lab.Namespaces.Get(request.Id));
        Assert.DoesNotContain(LabProcessInfo.List(), process => process.CommandLine.Contains("--new-namespaces", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CreateAsync_MappingsThatTheKernelRefuses_ThrowsInvalidArgumentAndLeavesNothing()
    {
        HostRequirements.Require(NamespaceLab.PauseProgram);
        IdMapping[] overlapping = [new IdMapping(0, 200000, 10), new IdMapping(5, 300000, 10)];

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Namespaces.CreateAsync(
            new NamespaceRequest { Id = SandboxId.New(), Network = true, User = new IdMappings(overlapping, overlapping) }, CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Empty(_lab.Namespaces.List());
        Assert.Empty(_lab.Pins());
    }

    [Fact]
    public async Task CreateAsync_PodSetsADefault_PodWins()
    {
        NamespaceRequest request = new()
        {
            Id = SandboxId.New(),
            Network = true,
            Sysctls = new Dictionary<string, string> { ["net/ipv4/ip_unprivileged_port_start"] = "1024" },
        };

        NamespacePaths paths = await _lab.Namespaces.CreateAsync(request, CancellationToken.None);

        Assert.Equal(["1024"], await ReadAsync($"--net={paths.Network}", "net/ipv4/ip_unprivileged_port_start"));
        Assert.Null(paths.Ipc);
        Assert.Null(paths.Uts);
    }

    [Theory]
    [InlineData("net.ipv4.no_such_thing", "1")]
    [InlineData("net.ipv4.ip_unprivileged_port_start", "not-a-number")]
    [InlineData("kernel.sem", "1 2 3 4")] // belongs to the IPC namespace, of which there is none
    [InlineData("kernel.core_pattern", "|/bin/sh")]
    public async Task CreateAsync_SysctlThatCannotBeSet_ThrowsInvalidArgumentAndLeavesNothing(string name, string value)
    {
        NamespaceRequest request = new() { Id = SandboxId.New(), Network = true, Sysctls = new Dictionary<string, string> { [name] = value } };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Namespaces.CreateAsync(request, CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Empty(_lab.Namespaces.List());
        Assert.Empty(_lab.Pins());
    }

    [Fact]
    public async Task CreateAsync_ManyAtOnce_NoThreadOfThisProcessStaysInAnotherNamespace()
    {
        SandboxId[] ids = [.. Enumerable.Range(0, 40).Select(_ => SandboxId.New())];

        await Task.WhenAll(ids.Select(id => _lab.Namespaces.CreateAsync(
            new NamespaceRequest { Id = id, Network = true, Ipc = true, Uts = true, Hostname = "x" }, CancellationToken.None)));

        Assert.Equal(40 * 3, _lab.Pins().Count());
        await Eventually.TrueAsync(() => Task.FromResult(ForeignThreads().Count == 0), "all threads are in the process's namespaces");
    }

    [Fact]
    public async Task Remove_AfterCreate_LeavesNothingAndMayBeRepeated()
    {
        SandboxId id = SandboxId.New();
        await _lab.Namespaces.CreateAsync(new NamespaceRequest { Id = id, Network = true, Ipc = true, Uts = true }, CancellationToken.None);

        _lab.Namespaces.Remove(id);
        _lab.Namespaces.Remove(id);

        Assert.Empty(_lab.Pins());
        Assert.Empty(_lab.Namespaces.List());
    }

    [Fact]
    public void Remove_HalfMade_RemovesIt()
    {
        SandboxId id = SandboxId.New();
        string directory = _lab.Directories.SandboxNamespaces(id);
        Directory.CreateDirectory(directory);
        File.WriteAllText($"{directory}/net", "");

        _lab.Namespaces.Remove(id);

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Prepare_Again_KeepsOneMountAndThePins()
    {
        await _lab.CreateNetworkAsync(SandboxId.New());

        _lab.Namespaces.Prepare();

        MountInfo mount = Assert.Single(Mounts.Read(), mount => mount.Mountpoint == _lab.Directories.Namespaces);
        Assert.True(mount.IsShared);
        Assert.Single(_lab.Pins());
    }

    [Fact]
    public async Task Get_PinWhoseMountIsGone_IsNotANamespace()
    {
        SandboxId id = SandboxId.New();
        NamespacePaths paths = await _lab.Namespaces.CreateAsync(new NamespaceRequest { Id = id, Network = true, Ipc = true, Uts = true }, CancellationToken.None);

        await LabProcess.RunAsync("umount", paths.Network!);

        Assert.Equal(paths with { Network = null }, _lab.Namespaces.Get(id));
    }

    private static async Task<string> InUserNamespaceAsync(NamespacePaths paths, params string[] command) =>
        string.Join(' ', (await LabProcess.RunAsync(
            "nsenter", [$"--user={paths.User}", $"--net={paths.Network}", $"--ipc={paths.Ipc}", $"--uts={paths.Uts}", "--setuid=0", "--setgid=0", .. command]))
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static async Task<string[]> ReadAsync(string flag, params string[] names) =>
        (await LabProcess.RunAsync("nsenter", [flag, "cat", .. names.Select(name => $"/proc/sys/{name}")])).TrimEnd().Split('\n');

    private static List<string> ForeignThreads()
    {
        List<string> foreign = [];
        foreach (string name in new[] { "net", "ipc", "uts", "mnt" })
        {
            string own = new FileInfo($"/proc/self/ns/{name}").LinkTarget!;
            foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
            {
                string? other = new FileInfo($"{task}/ns/{name}").LinkTarget;
                if (other is not null && other != own)
                {
                    foreign.Add($"{task} {name} {other}");
                }
            }
        }

        return foreign;
    }
}
