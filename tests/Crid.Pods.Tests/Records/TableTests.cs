using System.Text.Json;
using Crid.Core;
using Crid.Runtimes;
using Crid.State;
using Crid.Testing;

namespace Crid.Pods.Tests;

public sealed class TableTests : IDisposable
{
    private static readonly ResourcesSpec Resources = new()
    {
        CpuShares = 5,
        HugepageLimits = [new HugepageLimitSpec("2MB", 4)],
        Unified = new Dictionary<string, string> { ["memory.high"] = "1" },
    };

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task SandboxTable_RecordWithEverything_ComesBackEqual()
    {
        SandboxId id = SandboxId.New();
        Sandbox sandbox = new(
            id,
            new SandboxSpec
            {
                Metadata = new SandboxMetadata("n", "ns", "u", 3),
                Hostname = "h",
                LogDirectory = "/l",
                Dns = new DnsSpec(["1.1.1.1"], ["a"], ["ndots:5"]),
                PortMappings = [new PortMappingSpec("tcp", 80, 8080, "")],
                Labels = new Dictionary<string, string> { ["a"] = "b" },
                Annotations = new Dictionary<string, string> { ["c"] = "d" },
                CgroupParent = "/kubepods",
                Sysctls = new Dictionary<string, string> { ["net.core.somaxconn"] = "1" },
                Security = Security,
                Overhead = Resources,
                Resources = Resources,
                RuntimeHandler = "runc",
            },
            new SandboxStatus
            {
                State = SandboxState.Ready,
                CreatedAt = DateTimeOffset.UnixEpoch.AddTicks(7),
                RuntimeHandler = "runc",
                Addresses = ["10.0.0.1"],
                NetworkResultJson = "{}",
                Environment = SandboxPlan.Environment(id, Lab.SandboxSpec(), Lab.Directories, "node") with { InfraPid = 12 },
                InfraStartTimeTicks = 99,
                Resources = Resources,
                Overhead = Resources,
            })
        {
            Intent = Intent.Remove,
        };
        await using Database database = Database.Open(_directory.Combine("crid.db"));
        SandboxTable table = new(database);

        await table.WriteAsync(sandbox with { Intent = Intent.Create });
        await table.WriteAsync(sandbox);
        Sandbox found = Assert.Single(await table.LoadAsync());

        Assert.Equal(Intent.Remove, found.Intent);
        Assert.Equal(id, found.Id);
        Assert.Equal(Text(PodsJson.Write(sandbox.Spec)), Text(PodsJson.Write(found.Spec)));
        Assert.Equal(Text(sandbox.Status), Text(found.Status));
        Assert.Equal(12, found.Status.Infra?.Pid);
        Assert.Equal(id, found.Status.Environment?.Id);
        await table.DeleteAsync(id);
        Assert.Empty(await table.LoadAsync());
    }

    [Fact]
    public async Task ContainerTable_RecordWithEverything_ComesBackEqual()
    {
        Container container = new(
            ContainerId.New(),
            SandboxId.New(),
            new ContainerSpec
            {
                Metadata = new ContainerMetadata("n", 2),
                Image = "busybox",
                UserSpecifiedImage = "b",
                Command = ["sh"],
                Args = ["-c", "true"],
                WorkingDirectory = "/w",
                Environment = [new KeyValuePair<string, string>("B", "1"), new KeyValuePair<string, string>("A", "2")],
                Mounts = [new MountSpec { ContainerPath = "/c", HostPath = "/h", UidMappings = [new IdMappingSpec(1, 2, 3)], Options = ["noexec"] }],
                Devices = [new DeviceSpec("/dev/a", "/dev/b", "rwm")],
                CdiDevices = ["v/c=d"],
                Labels = new Dictionary<string, string> { ["a"] = "b" },
                LogPath = "n/0.log",
                Stdin = true,
                StdinOnce = true,
                Tty = true,
                Resources = Resources,
                Security = Security,
                StopSignal = "SIGINT",
            },
            new ContainerStatus
            {
                State = ContainerState.Exited,
                CreatedAt = DateTimeOffset.UnixEpoch,
                StartedAt = DateTimeOffset.UnixEpoch.AddTicks(1),
                FinishedAt = DateTimeOffset.UnixEpoch.AddTicks(2),
                ExitCode = 3,
                Reason = "Error",
                Message = "m",
                ImageId = new ImageId(BlobDigest.Of([1])),
                Pid = 4,
                StartTimeTicks = 5,
                User = new ResolvedUser(1, 2, [2, 3]),
                StopSignal = "SIGINT",
                LogPath = "/l",
                CgroupPath = "/c",
                Resources = Resources,
            })
        {
            Intent = Intent.Start,
        };
        await using Database database = Database.Open(_directory.Combine("crid.db"));
        ContainerTable table = new(database);

        await table.WriteAsync(container);
        Container found = Assert.Single(await table.LoadAsync());

        Assert.Equal((container.Id, container.SandboxId, Intent.Start), (found.Id, found.SandboxId, found.Intent));
        Assert.Equal(Text(PodsJson.Write(container.Spec)), Text(PodsJson.Write(found.Spec)));
        Assert.Equal(Text(container.Status), Text(found.Status));
        Assert.Equal(container.Status.ImageId, found.Status.ImageId);
    }

    [Fact]
    public async Task BootRecord_Written_IsTheOnlyOne()
    {
        await using Database database = Database.Open(_directory.Combine("crid.db"));
        BootRecord boot = new(database);
        Assert.Null(await boot.ReadAsync());

        await boot.WriteAsync("one");
        await boot.WriteAsync("two");

        Assert.Equal("two", await boot.ReadAsync());
    }

    [Fact]
    public void AreEqual_MapsInAnotherOrder_AreEqual()
    {
        SandboxSpec left = Lab.SandboxSpec() with { Annotations = new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" } };
        SandboxSpec right = Lab.SandboxSpec() with { Annotations = new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" } };

        Assert.True(PodsJson.AreEqual(left, right));
        Assert.False(PodsJson.AreEqual(left, left with { Annotations = new Dictionary<string, string> { ["x"] = "1" } }));
    }

    public void Dispose() => _directory.Dispose();

    private static SecuritySpec Security => new()
    {
        Namespaces = new NamespacesSpec
        {
            Network = NamespaceMode.Node,
            Pid = NamespaceMode.Target,
            TargetId = "t",
            User = new UserNamespaceSpec(NamespaceMode.Pod, [new IdMappingSpec(1, 2, 3)], [new IdMappingSpec(4, 5, 6)]),
        },
        Privileged = true,
        Capabilities = new CapabilitiesSpec(["ALL"], ["NET_RAW"], []),
        RunAsUser = 1,
        RunAsGroup = 2,
        SupplementalGroups = [3],
        SupplementalGroupsPolicy = SupplementalGroupsPolicy.Strict,
        ReadonlyRootfs = true,
        Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, "p"),
        Selinux = new SelinuxSpec("u", "r", "t", "l"),
        MaskedPaths = ["/proc/kcore"],
    };

    private static string Text(byte[] json) => System.Text.Encoding.UTF8.GetString(json);

    private static string Text(SandboxStatus status) => JsonSerializer.Serialize(status, PodsJson.Default.SandboxStatus);

    private static string Text(ContainerStatus status) => JsonSerializer.Serialize(status, PodsJson.Default.ContainerStatus);
}
