using Crid.Api;

namespace Crid.HostTests;

/// <summary>What a reboot leaves of pods: the durable directories, another boot id, and nothing below /run.</summary>
public sealed class RebootTests(PodFixture fixture) : IClassFixture<PodFixture>, IAsyncDisposable
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private bool _isOtherBoot;

    private CridDaemon Daemon => fixture.Daemon;

    public async ValueTask DisposeAsync()
    {
        if (_isOtherBoot)
        {
            await LabProcess.RunAsync("/bin/umount", BootId);
        }
    }

    [Fact]
    public async Task Start_AfterAReboot_TellsOfTheDeadPodsAndGivesTheirAddressesBack()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            "rebooted",
            fixture.Image,
            "echo up; sleep 1000",
            (_, container) => container.Mounts.Add(new Mount { ContainerPath = "/tools", Image = new ImageSpec { Image = fixture.Image }, ImageSubPath = "bin" }));
        (string shared, string sharedId) = await Daemon.RunPodAsync(
            "rebooted-shared", fixture.Image, "sleep 1000", (sandbox, _) => sandbox.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod);

        await RebootAsync();

        foreach ((string sandbox, string container) in new[] { (sandboxId, id), (shared, sharedId) })
        {
            ContainerStatus status = await Daemon.ContainerStatusAsync(container);
            Assert.Equal((ContainerState.ContainerExited, 255, "Unknown"), (status.State, status.ExitCode, status.Reason));
            Assert.Equal(PodSandboxState.SandboxNotready, (await Daemon.SandboxStatusAsync(sandbox)).State);
        }

        await Eventually.TrueAsync(
            () => !Directory.EnumerateFiles($"{Daemon.Ipam}/{Daemon.Bridge}").Any(file => char.IsAsciiDigit(Path.GetFileName(file)[0])),
            "the addresses are free");
        await Eventually.TrueAsync(() => Daemon.ReadLog().Contains("2 of another boot released", StringComparison.Ordinal), "the log tells of it");

        // kubelet makes the pods again, as further attempts, and removes the dead ones.
        PodSandboxConfig next = Requests.Sandbox(Daemon, "rebooted");
        next.Metadata.Attempt = 1;
        string again = await Daemon.RunSandboxAsync(next);
        Assert.Equal(PodSandboxState.SandboxReady, (await Daemon.SandboxStatusAsync(again)).State);
        foreach (string sandbox in new[] { sandboxId, shared, again })
        {
            await Daemon.RemoveSandboxAsync(sandbox);
        }

        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task Kill_RightAfterAReboot_ContainersOfTheNewBootAreNotTakenForDead()
    {
        (string dead, _) = await Daemon.RunPodAsync("before", fixture.Image, "sleep 1000");
        await RebootAsync();
        (string sandboxId, string id) = await Daemon.RunPodAsync("after", fixture.Image, "sleep 1000");

        await Daemon.KillAsync();
        await Daemon.LaunchAsync();

        Assert.Equal(ContainerState.ContainerRunning, (await Daemon.ContainerStatusAsync(id)).State);
        await Daemon.RemoveSandboxAsync(dead);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    /// <summary>Ends every process of the daemon's, takes its mounts and its run directory away, and gives the kernel another boot id.</summary>
    private async Task RebootAsync()
    {
        await Daemon.KillAsync();
        LabCleanup.KillBelow(Daemon.Directory);
        await LabCleanup.UnmountBelowAsync(Daemon.Directory);
        await Eventually.TrueAsync(() => Daemon.FindKeeper() == 0, "the keeper is gone");
        foreach (string cgroup in LabCleanup.FindCgroups(Path.GetFileName(Daemon.CgroupParent)).OrderDescending(StringComparer.Ordinal).ToList())
        {
            await Eventually.TrueAsync(() => TryRemove(cgroup), $"{cgroup} is empty");
        }

        Directory.Delete(Daemon.Run, recursive: true);
        string boot = $"{Daemon.Directory}/boot_id";
        await File.WriteAllTextAsync(boot, $"{Guid.NewGuid()}\n");
        await LabProcess.RunAsync("/bin/mount", "--bind", boot, BootId);
        _isOtherBoot = true;
        await Daemon.LaunchAsync();
    }

    private static bool TryRemove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            return !Directory.Exists(cgroup);
        }
    }
}
