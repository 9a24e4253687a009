using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Pods with a user namespace of their own, on every OCI runtime of this machine that can make them.</summary>
public sealed class UserNamespaceTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const uint FirstId = 200000;
    private const uint Length = 65536;

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public Task Pod_InAUserNamespace_IsRootInsideOnly() => ForEachHandlerAsync(async handler =>
    {
        string volume = MakeVolume($"volume-{handler}");
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"userns-{handler}",
            fixture.Image,
            "echo started > /dev/stdout; touch /made; touch /vol/made; sleep 1000",
            (sandbox, container) =>
            {
                MapIds(sandbox.Linux.SecurityContext.NamespaceOptions);
                MapIds(container.Linux.SecurityContext.NamespaceOptions);
                container.Mounts.Add(new Mount { ContainerPath = "/vol", HostPath = volume, UidMappings = { Mapping }, GidMappings = { Mapping } });
                container.Mounts.Add(new Mount { ContainerPath = "/plain", HostPath = volume });
            },
            handler);

        Assert.Equal(["0", $"{FirstId}", $"{Length}"], Words((await Daemon.ExecAsync(id, "cat", "/proc/self/uid_map")).Stdout));
        Assert.Equal("0\n", (await Daemon.ExecAsync(id, "id", "-u")).Stdout);
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)) is ["started"], "the container has opened /dev/stdout");

        Assert.Equal("0 0", await OwnerAsync(id, "/bin/busybox"));
        Assert.Equal("0 0", await OwnerAsync(id, "/made"));
        Assert.Equal("0 0", await OwnerAsync(id, "/"));
        Assert.Equal("0 0", await OwnerAsync(id, "/etc/resolv.conf"));
        Assert.Equal("0 0", await OwnerAsync(id, "/dev/shm"));
        Assert.Equal("0 0", await OwnerAsync(id, "/vol/made"));
        Assert.Equal("1000 1000", await OwnerAsync(id, "/vol/of-user-1000"));
        Assert.Equal("65534 65534", await OwnerAsync(id, "/plain/of-user-1000"));
        Assert.Equal((0u, 0u), await HostOwnerAsync($"{volume}/made"));
        Assert.Equal((FirstId, FirstId), await HostOwnerAsync($"{Daemon.Root}/containers/{id}/upper/made"));

        Assert.Equal((0, "out\n", ""), await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo out > /dev/stdout"));
        Assert.NotEqual(0, (await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo 1 > /proc/sys/vm/drop_caches")).ExitCode);
        Assert.Equal(0, (await Daemon.ExecAsync(id, "/bin/sh", "-c", "hostname >/dev/null && cat /etc/hosts >/dev/null && echo x > /dev/shm/x")).ExitCode);
        Assert.Equal((int)FirstId, await HostUserOfAsync(id));

        PodSandboxStatus status = await Daemon.SandboxStatusAsync(sandboxId);
        Assert.Equal(FirstId, Assert.Single(status.Linux.Namespaces.Options.UsernsOptions.Uids).HostId);
        await Daemon.StopContainerAsync(id, timeout: 0);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    });

    [Fact]
    public Task Pod_SharedPidNamespaceAndAnotherUser_Works() => ForEachHandlerAsync(async handler =>
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"userns-shared-{handler}",
            fixture.Image,
            "echo as user > /dev/stderr; sleep 1000",
            (sandbox, container) =>
            {
                MapIds(sandbox.Linux.SecurityContext.NamespaceOptions);
                MapIds(container.Linux.SecurityContext.NamespaceOptions);
                sandbox.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod;
                container.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod;
                container.Linux.SecurityContext.RunAsUser = new Int64Value { Value = 1000 };
            },
            handler);

        Assert.Equal("1000\n", (await Daemon.ExecAsync(id, "id", "-u")).Stdout);
        Assert.Matches(@"(?m)^\s*1 .*pause", (await Daemon.ExecAsync(id, "ps")).Stdout);
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)) is ["as user"], "the container has opened /dev/stderr");
        Assert.Equal((0, "out\n", ""), await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo out > /dev/stdout"));

        await Daemon.KillAsync();
        await Daemon.LaunchAsync();
        Assert.Equal(ContainerState.ContainerRunning, (await Daemon.ContainerStatusAsync(id)).State);
        Assert.Equal(PodSandboxState.SandboxReady, (await Daemon.SandboxStatusAsync(sandboxId)).State);
        Assert.Equal((0, "out\n", ""), await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo out > /dev/stdout"));
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    });

    [Fact]
    public Task Pod_OnTheHostNetwork_SeesSysReadOnly() => ForEachHandlerAsync(async handler =>
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"userns-host-{handler}",
            fixture.Image,
            "sleep 1000",
            (sandbox, container) =>
            {
                foreach (NamespaceOption options in new[] { sandbox.Linux.SecurityContext.NamespaceOptions, container.Linux.SecurityContext.NamespaceOptions })
                {
                    MapIds(options);
                    options.Network = NamespaceMode.Node;
                }

                sandbox.Hostname = "";
            },
            handler);

        Assert.Contains(new FileInfo("/proc/self/ns/net").LinkTarget!, (await Daemon.ExecAsync(id, "ls", "-l", "/proc/self/ns/net")).Stdout, StringComparison.Ordinal);
        Assert.Equal(0, (await Daemon.ExecAsync(id, "ls", "/sys/class/net")).ExitCode);
        Assert.NotEqual(0, (await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo 1 > /sys/kernel/uevent_seqnum")).ExitCode);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    });

    [Fact]
    public Task Options_ThatContradict_AreRefusedBeforeAnythingIsMade() => ForEachHandlerAsync(async handler =>
    {
        Action<NamespaceOption>[] changes =
        [
            options => options.UsernsOptions.Uids.Add(new IDMapping { ContainerId = 70000, HostId = 400000, Length = 10 }),
            options => options.UsernsOptions.Gids.Clear(),
            options => options.UsernsOptions.Uids[0].ContainerId = 1,
            options => options.UsernsOptions.Mode = NamespaceMode.Container,
            options => options.UsernsOptions.Mode = NamespaceMode.Target,
            options => options.UsernsOptions.Mode = NamespaceMode.Node,
            options => options.Pid = NamespaceMode.Node,
        ];
        for (int i = 0; i < changes.Length; i++)
        {
            PodSandboxConfig sandbox = Requests.Sandbox(Daemon, $"userns-bad-{handler}-{i}");
            MapIds(sandbox.Linux.SecurityContext.NamespaceOptions);
            changes[i](sandbox.Linux.SecurityContext.NamespaceOptions);

            RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.RunSandboxAsync(sandbox, handler));

            Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        }

        await LeakCheck.NothingIsLeftAsync(Daemon);
    });

    [Fact]
    public async Task Handler_WithoutIdMappedMounts_RefusesThePod()
    {
        StatusResponse status = await Daemon.Runtime.StatusAsync(new StatusRequest());
        RuntimeHandler? handler = status.RuntimeHandlers.FirstOrDefault(handler => !handler.Features.UserNamespaces);
        Assert.SkipUnless(handler is not null, "every OCI runtime of this machine has id-mapped mounts");
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "userns-none");
        MapIds(sandbox.Linux.SecurityContext.NamespaceOptions);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.RunSandboxAsync(sandbox, handler.Name));

        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
        Assert.Contains("id-mapped mounts", exception.Status.Detail, StringComparison.Ordinal);
    }

    private static IDMapping Mapping => new() { ContainerId = 0, HostId = FirstId, Length = Length };

    private static void MapIds(NamespaceOption options) =>
        options.UsernsOptions = new UserNamespace { Mode = NamespaceMode.Pod, Uids = { Mapping }, Gids = { Mapping } };

    private static string[] Words(string text) => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private async Task ForEachHandlerAsync(Func<string, Task> test)
    {
        StatusResponse status = await Daemon.Runtime.StatusAsync(new StatusRequest());
        string[] handlers = [.. status.RuntimeHandlers.Where(handler => handler.Features.UserNamespaces && handler.Name.Length > 0).Select(handler => handler.Name)];
        Assert.SkipUnless(handlers.Length > 0, "no OCI runtime of this machine has id-mapped mounts");
        foreach (string handler in handlers)
        {
            await test(handler);
        }
    }

    private string MakeVolume(string name)
    {
        string volume = Directory.CreateDirectory($"{Daemon.Directory}/{name}").FullName;
        File.WriteAllText($"{volume}/of-user-1000", "");
        Crid.Linux.FileMetadata.SetOwner($"{volume}/of-user-1000", 1000, 1000);
        return volume;
    }

    private async Task<string> OwnerAsync(string id, string path)
    {
        (int exitCode, string stdout, string stderr) = await Daemon.ExecAsync(id, "ls", "-dn", path);
        Assert.True(exitCode == 0, stderr);
        return string.Join(' ', Words(stdout)[2..4]);
    }

    private static Task<(uint User, uint Group)> HostOwnerAsync(string path)
    {
        Crid.Linux.FileStatus status = Crid.Linux.FileMetadata.FindStatus(path) ?? throw new FileNotFoundException(path);
        return Task.FromResult((status.UserId, status.GroupId));
    }

    private async Task<int> HostUserOfAsync(string id)
    {
        ContainerStatusResponse status = await Daemon.Runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = id, Verbose = true });
        int pid = System.Text.Json.JsonDocument.Parse(status.Info["info"]).RootElement.GetProperty("pid").GetInt32();
        string line = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
        return int.Parse(line.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
