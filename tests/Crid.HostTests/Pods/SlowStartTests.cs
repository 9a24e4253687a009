using Crid.Api;

namespace Crid.HostTests;

/// <summary>Containers whose program runs long before their start has ended, because a hook takes its time after it.</summary>
public sealed class SlowStartTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const string EndsWhenAsked = "trap 'exit 7' TERM; touch /runs; while true; do sleep 0.1; done";

    [Fact]
    public async Task StopContainer_StartUnderWay_AsksTheProgramInsteadOfKillingIt()
    {
        // Older runcs run such hooks already when they create.
        HostRequirements.Require("/usr/bin/crun");
        await using CridDaemon daemon = await CridDaemon.StartAsync(dropIn: PoststartHook);
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, "slow");
        string sandboxId = await daemon.RunSandboxAsync(sandbox, "crun");
        string id = await daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", fixture.Image, "/bin/sh", "-c", EndsWhenAsked));

        Task start = daemon.StartContainerAsync(id);
        await Eventually.TrueAsync(() => File.Exists($"{daemon.Run}/containers/{id}/rootfs/runs"), "the program runs");
        Assert.Equal(ContainerState.ContainerCreated, (await daemon.ContainerStatusAsync(id)).State);
        Task stop = daemon.StopContainerAsync(id, timeout: 60);
        await Task.WhenAny(stop, Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync($"{daemon.Directory}/go", "", TestContext.Current.CancellationToken);
        await Task.WhenAll(start, stop);

        Assert.Equal(7, (await daemon.ContainerStatusAsync(id)).ExitCode);
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    /// <summary>A hook of every container that does not end before there is a file 'go' in the daemon's directory.</summary>
    private static string PoststartHook(CridDaemon daemon)
    {
        string hooks = Directory.CreateDirectory($"{daemon.Directory}/hooks").FullName;
        File.WriteAllText($"{hooks}/slow.json", $$"""
            {"version": "1.0.0", "when": {"always": true}, "stages": ["poststart"],
             "hook": {"path": "/bin/sh", "args": ["sh", "-c", "while [ ! -e {{daemon.Directory}}/go ]; do /bin/sleep 0.1; done"] } }
            """);
        return $"""
            [runtimes]
            hook_directories = ["{hooks}"]
            """;
    }
}
