using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>A volume whose server does not answer, as of a network file system that has lost its network.</summary>
public sealed class DeadVolumeTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    // Whoever looks into a FUSE file system waits until the program that has mounted it answers.
    private const string MountAndNeverAnswer = "exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead \"$0\"; exec sleep 1000";

    [Fact]
    public async Task CreateContainer_VolumeThatDoesNotAnswer_HoldsNeitherStopNorRemoveOfItsSandboxUp()
    {
        HostRequirements.Require("/dev/fuse");
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        string volume = Directory.CreateDirectory($"{daemon.Directory}/dead").FullName;
        await using LabProcess server = LabProcess.Start($"{daemon.Directory}/dead.log", "/bin/sh", "-c", MountAndNeverAnswer, volume);
        await Eventually.TrueAsync(() => LeakCheck.MountsBelow(daemon.Directory).Contains(volume), "the volume is mounted");
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, "dead");
        string sandboxId = await daemon.RunSandboxAsync(sandbox);
        ContainerConfig container = Requests.Container("main", fixture.Image, "sleep", "1000");
        container.Mounts.Add(new Mount { ContainerPath = "/data", HostPath = $"{volume}/sub" });

        Task<string> create = daemon.CreateContainerAsync(sandboxId, sandbox, container);
        await Eventually.TrueAsync(
            () => Directory.Exists($"{daemon.Run}/containers") && Directory.EnumerateDirectories($"{daemon.Run}/containers").Any(),
            "the container is being made");
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        await daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandboxId }, cancellationToken: limit.Token);
        await daemon.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandboxId }, cancellationToken: limit.Token);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => create);
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        (string otherSandbox, string other) = await daemon.RunPodAsync("other", fixture.Image, "sleep 1000");
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(other, "echo", "ok"));
        await daemon.RemoveSandboxAsync(otherSandbox);
        await server.KillAsync();
        await LabProcess.RunAsync("/bin/umount", "--lazy", volume);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }
}
