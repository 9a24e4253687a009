using System.Globalization;
using System.Text.Json;
using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Limits as the kernel has them, on cgroup v1 and v2, with either driver.</summary>
public sealed class ResourcesTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const long MiB = 1 << 20;
    private static readonly bool Unified = File.Exists("/sys/fs/cgroup/cgroup.controllers");

    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task CreateContainer_Limits_AreInTheKernelAndInTheStatus(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"limits{handler}", handler);

        Assert.Contains(Unified ? "50000 100000" : "50000", Read(id, "cpu.max", "cpu.cfs_quota_us"));
        Assert.Contains($"{64 * MiB}", Read(id, "memory.max", "memory.limit_in_bytes"));
        string noSwap = Unified ? "0" : $"{64 * MiB}";
        Assert.Contains(noSwap, Read(id, "memory.swap.max", "memory.memsw.limit_in_bytes").DefaultIfEmpty(noSwap)); // Not every kernel limits swap.
        int share = int.Parse(Read(id, "cpu.weight", "cpu.shares")[0], CultureInfo.InvariantCulture);
        Assert.InRange(share, Unified ? 10 : 512, Unified ? 100 : 512); // Runtimes differ in how they turn shares into weights.
        LinuxContainerResources shown = (await Daemon.ContainerStatusAsync(id)).Resources.Linux;
        Assert.Equal((512, 50000, 100000, 64 * MiB), (shown.CpuShares, shown.CpuQuota, shown.CpuPeriod, shown.MemoryLimitInBytes));

        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task CreateContainer_QuotaOfNone_HasNone(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"noquota{handler}", handler, change: container => container.Linux.Resources.CpuQuota = -1);

        Assert.Contains(Unified ? "max 100000" : "-1", Read(id, "cpu.max", "cpu.cfs_quota_us"));
        Assert.Equal(-1, (await Daemon.ContainerStatusAsync(id)).Resources.Linux.CpuQuota);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task UpdateContainerResources_OneAfterAnother_ChangesWhatIsNamedAlone(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"resize{handler}", handler);

        await UpdateAsync(id, new LinuxContainerResources { CpuQuota = 70000, CpuPeriod = 100000 });
        Assert.Contains(Unified ? "70000 100000" : "70000", Read(id, "cpu.max", "cpu.cfs_quota_us"));
        Assert.Contains($"{64 * MiB}", Read(id, "memory.max", "memory.limit_in_bytes"));
        await UpdateAsync(id, new LinuxContainerResources { MemoryLimitInBytes = 128 * MiB });
        Assert.Contains($"{128 * MiB}", Read(id, "memory.max", "memory.limit_in_bytes"));
        await UpdateAsync(id, new LinuxContainerResources { MemoryLimitInBytes = 32 * MiB });
        // crun 1.8 writes the number to cgroup v1 without its sign.
        if (handler != "crun" || Unified)
        {
            await UpdateAsync(id, new LinuxContainerResources { CpuQuota = -1 });
            string[] quotas = Read(id, "cpu.max", "cpu.cfs_quota_us");
            string none = handler == "crun" && LabMachine.UsesSystemd ? "819200000 100000" : "max 100000";
            Assert.Contains(Unified ? none : "-1", quotas);
            Assert.DoesNotContain(Unified ? "70000 100000" : "70000", quotas);
            Assert.Equal(-1, (await Daemon.ContainerStatusAsync(id)).Resources.Linux.CpuQuota);
        }

        LinuxContainerResources shown = (await Daemon.ContainerStatusAsync(id)).Resources.Linux;
        Assert.Equal((512, 32 * MiB), (shown.CpuShares, shown.MemoryLimitInBytes));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task UpdateContainerResources_MemoryWithoutLimit_HasNone(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"unlimited{handler}", handler);

        await UpdateAsync(id, new LinuxContainerResources { MemoryLimitInBytes = -1 });

        Assert.DoesNotContain($"{64 * MiB}", Read(id, "memory.max", "memory.limit_in_bytes"));
        Assert.DoesNotContain($"{64 * MiB}", Read(id, "memory.swap.max", "memory.memsw.limit_in_bytes"));
        Assert.Equal(-1, (await Daemon.ContainerStatusAsync(id)).Resources.Linux.MemoryLimitInBytes);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task UpdateContainerResources_LessMemoryThanIsInUse_IsRefusedAndTheContainerLives(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"shrink{handler}", handler, "x=$(seq 1000000 3000000); echo full; sleep 1000; true");
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)).Contains("full"), "the memory is in use");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => UpdateAsync(id, new LinuxContainerResources { MemoryLimitInBytes = 8 * MiB }));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        ContainerStatus status = await Daemon.ContainerStatusAsync(id);
        Assert.Equal((ContainerState.ContainerRunning, 64 * MiB), (status.State, status.Resources.Linux.MemoryLimitInBytes));
        Assert.Contains($"{64 * MiB}", Read(id, "memory.max", "memory.limit_in_bytes"));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Unified_KeysOfCgroupV2_AreSetAndChanged(string handler)
    {
        Assert.SkipUnless(Unified, "this machine has no cgroup v2");
        (string sandboxId, string id) = await RunAsync($"unified{handler}", handler, change: container =>
        {
            container.Linux.Resources.Unified["memory.high"] = $"{48 * MiB}";
            container.Linux.Resources.Unified["memory.oom.group"] = "1";
        });

        Assert.Contains($"{48 * MiB}", Read(id, "memory.high", ""));
        Assert.Contains("1", Read(id, "memory.oom.group", ""));
        await UpdateAsync(id, new LinuxContainerResources { Unified = { ["memory.high"] = $"{40 * MiB}" } });
        Assert.Contains($"{40 * MiB}", Read(id, "memory.high", ""));
        Assert.Equal("1", (await Daemon.ContainerStatusAsync(id)).Resources.Linux.Unified["memory.oom.group"]);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Privileged_CgroupMountOfTheNode_KeepsItsOptions(string handler)
    {
        Assert.SkipUnless(Unified, "this machine has no cgroup v2");
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, $"cgroups{handler}");
        sandbox.Linux.SecurityContext.Privileged = true;
        ContainerConfig container = Requests.Container("main", fixture.Image, "sleep", "1000");
        container.Linux.SecurityContext.Privileged = true;
        string before = CgroupMount();

        string sandboxId = await Daemon.RunSandboxAsync(sandbox, handler);
        string id = await Daemon.CreateContainerAsync(sandboxId, sandbox, container);
        await Daemon.Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = id });
        (int exitCode, string made, string complaint) = await Daemon.ExecAsync(id, "sh", "-c", "mkdir /sys/fs/cgroup/crid-probe && rmdir /sys/fs/cgroup/crid-probe && ls /sys/fs/cgroup");

        Assert.Equal(before, CgroupMount());
        Assert.Equal((0, ""), (exitCode, complaint));
        Assert.Contains("cgroup.controllers", made, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandboxId);

        static string CgroupMount() => File.ReadLines("/proc/self/mountinfo").First(static line => line.Contains(" - cgroup2 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unified_OnCgroupV1_IsRefused()
    {
        Assert.SkipWhen(Unified, "this machine has cgroup v2");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            () => RunAsync("unifiedv1", "", change: container => container.Linux.Resources.Unified["memory.high"] = "1048576"));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        foreach (PodSandbox sandbox in (await Daemon.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items)
        {
            await Daemon.RemoveSandboxAsync(sandbox.Id);
        }
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Cpuset_ProcessorOfItsOwn_IsSetAndChanged(string handler)
    {
        string controllers = Unified ? await File.ReadAllTextAsync("/sys/fs/cgroup/cgroup.controllers", TestContext.Current.CancellationToken) : "cpuset";
        Assert.SkipUnless(controllers.Contains("cpuset", StringComparison.Ordinal), "this machine has no cpuset controller");
        (string sandboxId, string id) = await RunAsync($"cpuset{handler}", handler, change: container => container.Linux.Resources.CpusetCpus = "0");
        string all = $"0-{Environment.ProcessorCount - 1}";

        Assert.Contains("0", Read(id, "cpuset.cpus", "cpuset.cpus"));
        if (Environment.ProcessorCount > 1)
        {
            await UpdateAsync(id, new LinuxContainerResources { CpusetCpus = all });
            Assert.Contains(all, Read(id, "cpuset.cpus", "cpuset.cpus"));
        }

        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task UpdatePodSandboxResources_Values_AreInTheVerboseStatus()
    {
        string sandboxId = await Daemon.RunSandboxAsync(Requests.Sandbox(Daemon, "podlevel"));

        await Daemon.Runtime.UpdatePodSandboxResourcesAsync(new UpdatePodSandboxResourcesRequest
        {
            PodSandboxId = sandboxId,
            Overhead = new LinuxContainerResources { CpuShares = 11 },
            Resources = new LinuxContainerResources { MemoryLimitInBytes = 77 * MiB },
        });

        PodSandboxStatusResponse status = await Daemon.Runtime.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = sandboxId, Verbose = true });
        using JsonDocument info = JsonDocument.Parse(status.Info["info"]);
        Assert.Equal(77 * MiB, info.RootElement.GetProperty("resources").GetProperty("memoryLimitInBytes").GetInt64());
        Assert.Equal(11, info.RootElement.GetProperty("overhead").GetProperty("cpuShares").GetInt64());
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task RunPodSandbox_CgroupParentOfTheOtherDriver_IsRefused()
    {
        PodSandboxConfig config = Requests.Sandbox(Daemon, "wrongparent");
        config.Linux.CgroupParent = LabMachine.UsesSystemd ? "/kubepods" : "/kubepods.slice";

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => Daemon.RunSandboxAsync(config));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private Task<(string SandboxId, string ContainerId)> RunAsync(
        string name, string handler, string script = "sleep 1000", Action<ContainerConfig>? change = null) => Daemon.RunPodAsync(
            name,
            fixture.Image,
            script,
            (_, container) =>
            {
                container.Linux.Resources = new LinuxContainerResources
                {
                    CpuShares = 512, CpuQuota = 50000, CpuPeriod = 100000, MemoryLimitInBytes = 64 * MiB, OomScoreAdj = 1000,
                };
                change?.Invoke(container);
            },
            handler);

    private Task UpdateAsync(string id, LinuxContainerResources resources) =>
        Daemon.Runtime.UpdateContainerResourcesAsync(new UpdateContainerResourcesRequest { ContainerId = id, Linux = resources }).ResponseAsync;

    /// <summary>
    /// A file of the container's cgroups: its own, and the one that crun makes below it with systemd, which has some of the limits. Empty where this
    /// kernel has no such file.
    /// </summary>
    private static string[] Read(string id, string unified, string legacy)
    {
        string name = Unified ? unified : legacy;
        return [.. LabCleanup.FindCgroups(id).Select(directory => $"{directory}/{name}").Where(File.Exists).Select(path => File.ReadAllText(path).Trim())];
    }
}
