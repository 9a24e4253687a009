using Crid.Api;

namespace Crid.HostTests;

/// <summary>The calls that most tests make, with the requests that go together.</summary>
internal static class PodExtensions
{
    public static async Task<string> RunSandboxAsync(this CridDaemon daemon, PodSandboxConfig config, string handler = "") =>
        (await daemon.Runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = config, RuntimeHandler = handler })).PodSandboxId;

    public static async Task<string> CreateContainerAsync(this CridDaemon daemon, string sandboxId, PodSandboxConfig sandbox, ContainerConfig container) =>
        (await daemon.Runtime.CreateContainerAsync(new CreateContainerRequest { PodSandboxId = sandboxId, SandboxConfig = sandbox, Config = container })).ContainerId;

    public static Task StartContainerAsync(this CridDaemon daemon, string id) =>
        daemon.Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = id }).ResponseAsync;

    public static async Task<ContainerStatus> ContainerStatusAsync(this CridDaemon daemon, string id) =>
        (await daemon.Runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = id })).Status;

    public static async Task<PodSandboxStatus> SandboxStatusAsync(this CridDaemon daemon, string id) =>
        (await daemon.Runtime.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = id })).Status;

    public static Task StopContainerAsync(this CridDaemon daemon, string id, long timeout) =>
        daemon.Runtime.StopContainerAsync(new StopContainerRequest { ContainerId = id, Timeout = timeout }).ResponseAsync;

    public static Task RemoveContainerAsync(this CridDaemon daemon, string id) =>
        daemon.Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id }).ResponseAsync;

    public static async Task RemoveSandboxAsync(this CridDaemon daemon, string id)
    {
        await daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = id });
        await daemon.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = id });
    }

    public static async Task<(int ExitCode, string Stdout, string Stderr)> ExecAsync(this CridDaemon daemon, string id, params string[] command)
    {
        ExecSyncRequest request = new() { ContainerId = id, Cmd = { command }, Timeout = 20 };
        ExecSyncResponse response = await daemon.Runtime.ExecSyncAsync(request);
        return (response.ExitCode, response.Stdout.ToStringUtf8(), response.Stderr.ToStringUtf8());
    }

    public static Task WaitForExitAsync(this CridDaemon daemon, string id) => Eventually.TrueAsync(
        async () => (await daemon.ContainerStatusAsync(id)).State == ContainerState.ContainerExited, $"container {id} has exited");

    /// <summary>The contents of a container's log lines, without time, stream and tag.</summary>
    public static async Task<string[]> ReadLogAsync(this CridDaemon daemon, string id)
    {
        string path = (await daemon.ContainerStatusAsync(id)).LogPath;
        return [.. (await File.ReadAllLinesAsync(path)).Select(line => line.Split(' ', 4)[3])];
    }

    /// <summary>A sandbox with one running container.</summary>
    public static async Task<(string SandboxId, string ContainerId)> RunPodAsync(this CridDaemon daemon, string name, string image, string script, Action<PodSandboxConfig, ContainerConfig>? change = null, string handler = "")
    {
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, name);
        ContainerConfig container = Requests.Container("main", image, "/bin/sh", "-c", script);
        change?.Invoke(sandbox, container);
        string sandboxId = await daemon.RunSandboxAsync(sandbox, handler);
        string containerId = await daemon.CreateContainerAsync(sandboxId, sandbox, container);
        await daemon.StartContainerAsync(containerId);
        return (sandboxId, containerId);
    }
}
