using Crid.Api;

namespace Crid.HostTests;

/// <summary>
/// crid is killed between and during every RPC of a pod's life and started again. The caller repeats what failed, as kubelet does; nothing
/// may leak, no log line and no exit code may be lost.
/// </summary>
public sealed class CrashTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const string Script = "i=0; trap 'exit 9' TERM; while true; do echo line $i; i=$((i+1)); sleep 0.02; done";

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task Kill_BetweenEveryCall_TheLifeGoesOn()
    {
        CrashingPod pod = new(Daemon, fixture.Image, "between", Script);

        foreach (Func<Task> step in pod.Steps)
        {
            await step();
            await Daemon.KillAsync();
            await Daemon.LaunchAsync();
        }

        AssertLogIsComplete(pod);
        Assert.Equal(9, pod.ExitCode);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData(NamespaceMode.Container)]
    [InlineData(NamespaceMode.Pod)]
    public async Task Kill_DuringEveryCall_TheRepeatedCallSucceedsAndNothingLeaks(NamespaceMode pid)
    {
        int[] delays = [0, 1, 3, 7, 12, 20, 30, 45, 60];
        int kills = 0;
        int number = 0;
        for (int step = 0; step < CrashingPod.StepCount; step++)
        {
            foreach (int delay in delays)
            {
                CrashingPod pod = new(Daemon, fixture.Image, $"during-{pid}-{number++}".ToLowerInvariant(), Script) { PidMode = pid };
                for (int i = 0; i < CrashingPod.StepCount; i++)
                {
                    if (i != step)
                    {
                        await pod.Steps[i]();
                        continue;
                    }

                    Task call = pod.Steps[i]();
                    await Task.Delay(delay);
                    await Daemon.KillAsync();
                    kills++;
                    await Task.WhenAny(call);
                    await Daemon.LaunchAsync();
                    if (call.IsFaulted)
                    {
                        await pod.Steps[i](); // kubelet's retry, with the same metadata
                    }
                }

                AssertLogIsComplete(pod);
                Assert.Equal(9, pod.ExitCode);
                await LeakCheck.NothingIsLeftAsync(Daemon);
            }
        }

        Assert.Equal(delays.Length * CrashingPod.StepCount, kills);
    }

    [Fact]
    public async Task Kill_DuringPull_ARepeatedPullSucceedsAndNoPartIsLeft()
    {
        for (int delay = 0; delay < 60; delay += 6)
        {
            TestImage image = TestImage.Busybox(null, ("etc/unique", $"{delay}"));
            string reference = await fixture.Registry.PushAsync(image, "test/crash", $"t{delay}");
            PullImageRequest request = new() { Image = new ImageSpec { Image = reference } };

            Task call = Daemon.Images.PullImageAsync(request).ResponseAsync;
            await Task.Delay(delay);
            await Daemon.KillAsync();
            await Task.WhenAny(call);
            await Daemon.LaunchAsync();

            Assert.Equal(image.Id, (await Daemon.Images.PullImageAsync(request)).ImageRef);
            await Daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = request.Image });
            await LeakCheck.NothingIsLeftAsync(Daemon);
        }
    }

    [Fact]
    public async Task Exit_WhileTheDaemonIsAway_IsExactAfterwards()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("away", fixture.Image, "echo first; sleep 1; echo second; exit 33");

        await Daemon.KillAsync();
        await Task.Delay(1500);
        await Daemon.LaunchAsync();

        ContainerStatus status = await Daemon.ContainerStatusAsync(id);
        Assert.Equal((ContainerState.ContainerExited, 33, "Error"), (status.State, status.ExitCode, status.Reason));
        Assert.Equal(["first", "second"], await Daemon.ReadLogAsync(id));
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task Terminate_WhileAPodRuns_LeavesItRunning()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("terminated", fixture.Image, "sleep 1000");

        await Daemon.TerminateAsync();
        Assert.False(File.Exists(Daemon.Socket));
        await Daemon.LaunchAsync();

        Assert.Equal(ContainerState.ContainerRunning, (await Daemon.ContainerStatusAsync(id)).State);
        Assert.Equal((0, "still here\n", ""), await Daemon.ExecAsync(id, "echo", "still here"));
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    private static void AssertLogIsComplete(CrashingPod pod)
    {
        string[] lines = [.. File.ReadAllLines(pod.LogPath).Select(line => line.Split(' ', 4)[3])];
        Assert.NotEmpty(lines);
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(number => $"line {number}"), lines);
    }
}
