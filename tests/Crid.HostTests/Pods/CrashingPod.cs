using Crid.Api;

namespace Crid.HostTests;

/// <summary>The RPCs of one pod's life as steps that may each be called again.</summary>
internal sealed class CrashingPod
{
    public const int StepCount = 10;

    private const long FirstQuota = 50_000;
    private const long NextQuota = 70_000;
    private static readonly string QuotaFile = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "cpu.max" : "cpu.cfs_quota_us";

    private readonly CridDaemon _daemon;
    private readonly PodSandboxConfig _sandbox;
    private readonly ContainerConfig _container;
    private string _sandboxId = "";
    private string _containerId = "";

    public CrashingPod(CridDaemon daemon, string image, string name, string script)
    {
        _daemon = daemon;
        _sandbox = Requests.Sandbox(daemon, name);
        _container = Requests.Container("main", image, "/bin/sh", "-c", script);
        _container.Linux.Resources.CpuQuota = FirstQuota;
        Steps = [RunAsync, CreateAsync, StartAsync, ExecAsync, UpdateAsync, ReopenLogAsync, StopContainerAsync, RemoveContainerAsync, StopAsync, RemoveAsync];
    }

    public NamespaceMode PidMode
    {
        init
        {
            _sandbox.Linux.SecurityContext.NamespaceOptions.Pid = value;
            _container.Linux.SecurityContext.NamespaceOptions.Pid = value;
        }
    }

    public IReadOnlyList<Func<Task>> Steps { get; }

    public string LogPath { get; private set; } = "";

    public int ExitCode { get; private set; } = -1;

    private async Task RunAsync() => _sandboxId = await _daemon.RunSandboxAsync(_sandbox);

    private async Task CreateAsync() => _containerId = await _daemon.CreateContainerAsync(_sandboxId, _sandbox, _container);

    private async Task StartAsync()
    {
        ContainerStatus status = await _daemon.ContainerStatusAsync(_containerId);
        if (status.State == ContainerState.ContainerCreated)
        {
            await _daemon.StartContainerAsync(_containerId);
        }

        LogPath = status.LogPath;
        await Eventually.TrueAsync(() => File.Exists(LogPath) && new FileInfo(LogPath).Length > 0, "the container logs");
    }

    private async Task ExecAsync() => Assert.Equal((0, "x\n", ""), await _daemon.ExecAsync(_containerId, "echo", "x"));

    private async Task UpdateAsync()
    {
        // Also after an attempt that was cut short.
        await AssertQuotaAsync();
        await _daemon.Runtime.UpdateContainerResourcesAsync(
            new UpdateContainerResourcesRequest { ContainerId = _containerId, Linux = new LinuxContainerResources { CpuQuota = NextQuota } });
        await AssertQuotaAsync();
    }

    /// <summary>Kernel and status have the same quota.</summary>
    private async Task AssertQuotaAsync()
    {
        long shown = (await _daemon.ContainerStatusAsync(_containerId)).Resources.Linux.CpuQuota;
        IEnumerable<string> files = LabCleanup.FindCgroups(_containerId).Select(static directory => $"{directory}/{QuotaFile}").Where(File.Exists);
        Assert.Contains($"{shown}", files.Select(static file => File.ReadAllText(file).Split((char[])[' ', '\n'])[0]));
    }

    private Task ReopenLogAsync() =>
        _daemon.Runtime.ReopenContainerLogAsync(new ReopenContainerLogRequest { ContainerId = _containerId }).ResponseAsync;

    private async Task StopContainerAsync()
    {
        await _daemon.StopContainerAsync(_containerId, timeout: 30);
        ExitCode = (await _daemon.ContainerStatusAsync(_containerId)).ExitCode;
    }

    private Task RemoveContainerAsync() => _daemon.RemoveContainerAsync(_containerId);

    private Task StopAsync() => _daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = _sandboxId }).ResponseAsync;

    private Task RemoveAsync() => _daemon.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = _sandboxId }).ResponseAsync;
}
