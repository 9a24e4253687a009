using Crid.Api;

namespace Crid.HostTests;

/// <summary>Another default runtime handler is for pods that come: those that are there keep the one that knows them.</summary>
public sealed class DefaultHandlerTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    [Fact]
    public async Task Restart_AnotherHandlerIsTheDefault_PodsGoOnWithTheirs()
    {
        HostRequirements.Require("/usr/sbin/runc", "/usr/bin/crun");
        string other = LabMachine.Runtime == "runc" ? "crun" : "runc";
        await using CridDaemon daemon = await CridDaemon.StartAsync(dropIn: static _ => "");
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        (string sandboxId, string running) = await daemon.RunPodAsync("before", fixture.Image, "sleep 1000");
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, "before");
        string created = await daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("created", fixture.Image, "sleep", "1000"));

        await daemon.TerminateAsync();
        await File.WriteAllTextAsync(daemon.DropInPath, $"""
            [runtimes]
            default = "{other}"
            """);
        await daemon.LaunchAsync();

        await daemon.StartContainerAsync(created);
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(created, "echo", "ok"));
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(running, "echo", "ok"));
        await daemon.Runtime.UpdateContainerResourcesAsync(
            new UpdateContainerResourcesRequest { ContainerId = running, Linux = new LinuxContainerResources { CpuShares = 512 } });
        (string later, string added) = await daemon.RunPodAsync("after", fixture.Image, "sleep 1000");
        Assert.True(Directory.Exists($"{daemon.Run}/runtimes/{other}/{added}"), "a new pod has the new default handler");
        Assert.Equal("", (await daemon.SandboxStatusAsync(sandboxId)).RuntimeHandler);
        await daemon.StopContainerAsync(running, timeout: 0);
        await daemon.RemoveContainerAsync(running);
        Assert.False(Directory.Exists($"{daemon.Run}/runtimes/{LabMachine.Runtime}/{running}"), "the old handler has forgotten its container");
        await daemon.RemoveSandboxAsync(sandboxId);
        await daemon.RemoveSandboxAsync(later);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }
}
