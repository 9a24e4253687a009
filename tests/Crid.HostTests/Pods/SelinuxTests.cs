using Crid.Api;
using Crid.Linux;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>SELinux contexts of containers, as the kernel shows them.</summary>
public sealed class SelinuxTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const string Script = "cat /proc/self/attr/current; echo; grep -E ' /(dev/shm)? ' /proc/self/mounts; echo done; sleep 1000";

    [Fact]
    public async Task RunPod_TwoPods_HaveContextsOfTheirOwnThatContainersShare()
    {
        await using CridDaemon daemon = await StartAsync();
        (string firstSandbox, string first) = await daemon.RunPodAsync("first", fixture.Image, Script);
        (string secondSandbox, string second) = await daemon.RunPodAsync("second", fixture.Image, Script);
        PodSandboxConfig config = Requests.Sandbox(daemon, "first");
        string sibling = await daemon.CreateContainerAsync(firstSandbox, config, Requests.Container("sibling", fixture.Image, "/bin/sh", "-c", Script));
        await daemon.StartContainerAsync(sibling);

        string[] log = await ReadAsync(daemon, first);
        string level = LevelOf(log[0]);

        Assert.Matches(@":container_t:s0:c\d+,c\d+$", log[0].TrimEnd('\0'));
        Assert.Contains(log, line => line.Contains(" / ") && line.Contains($":container_file_t:{level}", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains(" /dev/shm ") && line.Contains($":container_file_t:{level}", StringComparison.Ordinal));
        Assert.Equal(level, LevelOf((await ReadAsync(daemon, sibling))[0]));
        Assert.NotEqual(level, LevelOf((await ReadAsync(daemon, second))[0]));
        Assert.Equal(level, LevelOf((await daemon.ExecAsync(first, "cat", "/proc/self/attr/current")).Stdout));
        Assert.EndsWith($":container_file_t:{level}", SecurityLabels.Find($"{daemon.Run}/sandboxes/{firstSandbox}/hosts"), StringComparison.Ordinal);
        Assert.EndsWith($":container_file_t:{level}", SecurityLabels.Find($"{daemon.Run}/containers/{first}/io/stdout"), StringComparison.Ordinal);
        await daemon.RemoveSandboxAsync(firstSandbox);
        await daemon.RemoveSandboxAsync(secondSandbox);
    }

    [Fact]
    public async Task RunPod_OptionsAndVolume_AreTheContainersAndTheVolumeIsLabelled()
    {
        await using CridDaemon daemon = await StartAsync();
        string volume = Directory.CreateDirectory($"{daemon.Directory}/volume/below").Parent!.FullName;
        (string sandboxId, string id) = await daemon.RunPodAsync("options", fixture.Image, Script, (_, container) =>
        {
            container.Linux.SecurityContext.SelinuxOptions = new SELinuxOption { Level = "s0:c4,c5" };
            container.Mounts.Add(new Mount { ContainerPath = "/data", HostPath = volume, SelinuxRelabel = true });
        });

        Assert.EndsWith(":container_t:s0:c4,c5", (await ReadAsync(daemon, id))[0].TrimEnd('\0'), StringComparison.Ordinal);
        Assert.EndsWith(":container_file_t:s0:c4,c5", SecurityLabels.Find($"{volume}/below"), StringComparison.Ordinal);
        await daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task CreateContainer_BadLevel_IsRefused()
    {
        await using CridDaemon daemon = await StartAsync();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => daemon.RunPodAsync("bad", fixture.Image, Script, (sandbox, container) =>
        {
            sandbox.Linux.SecurityContext.Privileged = true;
            container.Linux.SecurityContext.Privileged = true;
            container.Linux.SecurityContext.SelinuxOptions = new SELinuxOption { Level = "s0,c4,c5" };
        }));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("s0,c4,c5", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<CridDaemon> StartAsync()
    {
        Assert.SkipUnless(File.Exists("/sys/fs/selinux/enforce"), "this machine has no SELinux");
        CridDaemon daemon = await CridDaemon.StartAsync(dropIn: static _ => "[runtimes]\nselinux = true\n");
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        return daemon;
    }

    private static async Task<string[]> ReadAsync(CridDaemon daemon, string id)
    {
        string[] log = [];
        await Eventually.TrueAsync(async () => (log = await daemon.ReadLogAsync(id)).Contains("done"), "the container has shown its contexts");
        return log;
    }

    private static string LevelOf(string context) => context.Trim('\0', '\n').Split(':', 4)[3];
}
