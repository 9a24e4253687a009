using Crid.Api;

namespace Crid.Cli;

/// <summary>Stops containers with their grace period and then their pod, as kubelet does.</summary>
internal sealed class PodStopper(DaemonConnection daemon)
{
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);

    public async Task StopContainerAsync(string id, TimeSpan grace, CancellationToken cancellation)
    {
        long seconds = (long)Math.Ceiling(grace.TotalSeconds);
        await daemon.Runtime.StopContainerAsync(
            new StopContainerRequest { ContainerId = id, Timeout = seconds },
            daemon.Within(cancellation, TimeSpan.FromSeconds(seconds)));
    }

    /// <summary>All containers at once, then the sandbox, which releases the network.</summary>
    public async Task StopPodAsync(string id, TimeSpan grace, CancellationToken cancellation)
    {
        ContainerFilter filter = new() { PodSandboxId = id, State = new ContainerStateValue { State = ContainerState.ContainerRunning } };
        ListContainersResponse running = await daemon.Runtime.ListContainersAsync(
            new ListContainersRequest { Filter = filter }, daemon.Within(cancellation));
        await Task.WhenAll(running.Containers.Select(container => StopContainerAsync(container.Id, grace, cancellation)));
        await daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = id }, daemon.Within(cancellation));
    }
}
