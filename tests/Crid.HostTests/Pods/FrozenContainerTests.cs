using Crid.Api;

namespace Crid.HostTests;

/// <summary>
/// Containers that an operator has paused behind crid's back, or an OCI runtime that was killed while it changed their devices: on cgroup v1
/// SIGKILL does nothing to them.
/// </summary>
public sealed class FrozenContainerTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task StopContainer_Frozen_IsStoppedAndRemoved(string handler)
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync($"frozen{handler}", fixture.Image, "sleep 1000", handler: handler);
        await using FrozenCgroup _ = await FrozenCgroup.FreezeAsync(id);

        await Daemon.StopContainerAsync(id, timeout: 1);

        ContainerStatus stopped = await Daemon.ContainerStatusAsync(id);
        Assert.Equal((ContainerState.ContainerExited, 137), (stopped.State, stopped.ExitCode));
        await Daemon.RemoveContainerAsync(id);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task RemoveContainer_Frozen_IsRemoved(string handler)
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync($"frozen-removed{handler}", fixture.Image, "sleep 1000", handler: handler);
        await using FrozenCgroup _ = await FrozenCgroup.FreezeAsync(id);

        await Daemon.RemoveContainerAsync(id);

        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }
}
