using System.Globalization;
using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>crid runs short of what it needs, or an OCI runtime stops in the middle: calls fail and say why, what runs goes on, and nothing is left.</summary>
public sealed class ShortageTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    [Fact]
    public async Task RunDirectoryFull_PodsFailAndWhatRunsGoesOn()
    {
        await using CridDaemon daemon = await StartAsync(static daemon =>
        {
            MountSmall(daemon.Run, megabytes: 4);
            return "";
        });
        (string sandboxId, string id) = await daemon.RunPodAsync("runs", fixture.Image, "trap 'exit 5' TERM; while true; do sleep 0.1; done");
        string filler = $"{daemon.Run}/filler";
        Fill(filler);

        await Assert.ThrowsAsync<RpcException>(() => daemon.RunPodAsync("full", fixture.Image, "sleep 1000"));
        Assert.Equal(ContainerState.ContainerRunning, (await daemon.ContainerStatusAsync(id)).State);
        await daemon.StopContainerAsync(id, timeout: 30);
        Assert.Equal(5, (await daemon.ContainerStatusAsync(id)).ExitCode);
        File.Delete(filler);

        (string again, string againId) = await daemon.RunPodAsync("full", fixture.Image, "sleep 1000");
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(againId, "echo", "ok"));
        await daemon.RemoveSandboxAsync(again);
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    [Fact]
    public async Task StateDirectoryFull_WhatMakesRoomSucceedsAndAStartToo()
    {
        await using CridDaemon daemon = await StartAsync(static daemon =>
        {
            MountSmall(daemon.Root, megabytes: 48);
            return "";
        });
        (string stopped, string id) = await daemon.RunPodAsync("stopped", fixture.Image, "trap 'exit 5' TERM; while true; do sleep 0.1; done");
        (string removed, _) = await daemon.RunPodAsync("removed", fixture.Image, "sleep 1000");
        (string killed, string killedId) = await daemon.RunPodAsync("killed", fixture.Image, "sleep 1000");
        string filler = $"{daemon.Root}/filler";

        // Whatever is freed is taken again at once, as by a container that has filled the disk and goes on.
        Fill(filler);
        await daemon.StopContainerAsync(id, timeout: 30);
        Assert.Equal((ContainerState.ContainerExited, 5), ((await daemon.ContainerStatusAsync(id)).State, (await daemon.ContainerStatusAsync(id)).ExitCode));
        Fill(filler);
        await daemon.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = stopped });
        Fill(filler);
        await daemon.KillAsync();
        Fill(filler);
        await daemon.LaunchAsync();
        Assert.Equal(5, (await daemon.ContainerStatusAsync(id)).ExitCode);
        Fill(filler);
        await daemon.TerminateAsync();
        Fill(filler);
        await daemon.LaunchAsync();
        Assert.Equal(ContainerState.ContainerRunning, (await daemon.ContainerStatusAsync(killedId)).State);
        foreach (string sandbox in new[] { removed, stopped, killed })
        {
            Fill(filler);
            await daemon.RemoveSandboxAsync(sandbox);
        }

        Fill(filler);
        await daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        Assert.Empty((await daemon.Images.ListImagesAsync(new ListImagesRequest())).Images);
        Assert.Empty(Directory.EnumerateDirectories($"{daemon.Root}/layers"));
        await LeakCheck.NothingIsLeftAsync(daemon);

        File.Delete(filler);
        await daemon.TerminateAsync();
        await daemon.LaunchAsync();
        Assert.InRange(new FileInfo($"{daemon.Root}/crid.db-reserve").Length, 4 << 20, 8 << 20);
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        (string again, string againId) = await daemon.RunPodAsync("again", fixture.Image, "sleep 1000");
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(againId, "echo", "ok"));
        await daemon.RemoveSandboxAsync(again);
    }

    [Fact]
    public async Task NoDescriptorsLeft_CallsFailAndExitsAreStillSeen()
    {
        await using CridDaemon daemon = await StartAsync();
        (string sandboxId, string id) = await daemon.RunPodAsync("runs", fixture.Image, "sleep 2; exit 6");
        int used = LabProcessInfo.DescriptorsOf(daemon.Pid).Count;

        await LimitDescriptorsAsync(daemon, used + 4);
        await Assert.ThrowsAsync<RpcException>(() => daemon.RunPodAsync("short", fixture.Image, "sleep 1000"));
        await daemon.WaitForExitAsync(id);
        Assert.Equal(6, (await daemon.ContainerStatusAsync(id)).ExitCode);
        await LimitDescriptorsAsync(daemon, 1024);

        // What could not be undone without descriptors is listed, so that kubelet removes it.
        foreach (PodSandbox left in (await daemon.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items.Where(left => left.Id != sandboxId))
        {
            await daemon.RemoveSandboxAsync(left.Id);
        }

        (string again, string againId) = await daemon.RunPodAsync("short", fixture.Image, "sleep 1000");
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(againId, "echo", "ok"));
        await daemon.RemoveSandboxAsync(again);
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    [Fact]
    public async Task NoMemoryLeft_ADaemonThatIsKilledComesBackAndLosesNothing()
    {
        await using CridDaemon daemon = await StartAsync();
        (string sandboxId, string id) = await daemon.RunPodAsync("runs", fixture.Image, "trap 'exit 7' TERM; while true; do sleep 0.1; done");
        string cgroup = CreateMemoryCgroup(daemon, limitBytes: 1 << 20);
        await File.WriteAllTextAsync($"{cgroup}/cgroup.procs", daemon.Pid.ToString(CultureInfo.InvariantCulture));

        // One page too many is the end of it, but which call that falls to is the kernel's choice; it may even get by.
        List<string> sandboxes = [sandboxId];
        for (int i = 0; i < 20 && !daemon.HasExited; i++)
        {
            try
            {
                sandboxes.Add((await daemon.RunPodAsync($"tight{i}", fixture.Image, "sleep 1000")).SandboxId);
            }
            catch (RpcException)
            {
                await Eventually.TrueAsync(() => daemon.HasExited, "the kernel has killed crid");
            }
        }

        if (daemon.HasExited)
        {
            await daemon.LaunchAsync();
        }

        await daemon.StopContainerAsync(id, timeout: 30);
        Assert.Equal(7, (await daemon.ContainerStatusAsync(id)).ExitCode);
        foreach (PodSandbox left in (await daemon.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items)
        {
            await daemon.RemoveSandboxAsync(left.Id);
        }

        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("delete")]
    public async Task RuntimeStopped_TheCallEndsAtItsTimeAndTheNextSucceeds(string verb)
    {
        await using CridDaemon daemon = await StartAsync(daemon => $"""
            [pods]
            operation_timeout = "3s"
            undo_timeout = "20s"

            [runtimes.handlers.stopping]
            path = "{WriteStoppingRuntime(daemon, verb)}"
            """);
        PodSandboxConfig sandbox = Requests.Sandbox(daemon, verb);
        ContainerConfig container = Requests.Container("main", fixture.Image, "/bin/sh", "-c", "sleep 1000");
        string sandboxId = await daemon.RunSandboxAsync(sandbox, "stopping");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            string id = await daemon.CreateContainerAsync(sandboxId, sandbox, container);
            await daemon.StartContainerAsync(id);
            await daemon.RemoveContainerAsync(id);
        });
        Assert.Equal(StatusCode.DeadlineExceeded, refused.StatusCode);

        // As kubelet goes on: what did not start is replaced by the next attempt, the rest is repeated.
        await RetryAsync(async () =>
        {
            foreach (Container left in (await daemon.Runtime.ListContainersAsync(new ListContainersRequest())).Containers)
            {
                await daemon.RemoveContainerAsync(left.Id);
            }

            return true;
        });
        string next = await daemon.CreateContainerAsync(sandboxId, sandbox, container);
        await daemon.StartContainerAsync(next);
        Assert.Equal((0, "ok\n", ""), await daemon.ExecAsync(next, "echo", "ok"));
        await daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    private async Task<CridDaemon> StartAsync(Func<CridDaemon, string>? dropIn = null)
    {
        CridDaemon daemon = await CridDaemon.StartAsync(dropIn: dropIn);
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = fixture.Image } });
        return daemon;
    }

    /// <summary>An OCI runtime that stops at its first call with a verb, and otherwise is that of the tests.</summary>
    private static string WriteStoppingRuntime(CridDaemon daemon, string verb)
    {
        string path = $"{daemon.Directory}/stopping";
        File.WriteAllText(path, $"""
            #!/bin/sh
            case " $* " in
              *" {verb} "*) ! mkdir {path}-once 2>/dev/null || kill -STOP $$ ;;
            esac
            exec {LabMachine.RuntimePath} "$@"
            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task<T> RetryAsync<T>(Func<Task<T>> call)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (RpcException) when (tries < 20)
            {
                await Task.Delay(200);
            }
        }
    }

    private static void MountSmall(string directory, int megabytes)
    {
        Directory.CreateDirectory(directory);
        LabProcess.RunAsync("/bin/mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", directory).GetAwaiter().GetResult();
    }

    /// <summary>Fills a file system, or fills it up.</summary>
    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>The soft limit: the hard one can't be raised again.</summary>
    private static Task<string> LimitDescriptorsAsync(CridDaemon daemon, int count) =>
        LabProcess.RunAsync("/usr/bin/prlimit", "--pid", daemon.Pid.ToString(CultureInfo.InvariantCulture), $"--nofile={count}:");

    private static string CreateMemoryCgroup(CridDaemon daemon, long limitBytes)
    {
        bool isLegacy = Directory.Exists("/sys/fs/cgroup/memory");
        string cgroup = $"/sys/fs/cgroup/{(isLegacy ? "memory/" : "")}crid-test-memory-{Path.GetFileName(daemon.Directory)}";
        Directory.CreateDirectory(cgroup);
        File.WriteAllText($"{cgroup}/{(isLegacy ? "memory.limit_in_bytes" : "memory.max")}", limitBytes.ToString(CultureInfo.InvariantCulture));
        return cgroup;
    }
}
