using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Pods with images among their volumes, on every OCI runtime of this machine.</summary>
public sealed class ImageVolumeTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const uint FirstId = 200000;

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public Task Pod_WithImageVolumes_SeesThemReadOnly() => ForEachHandlerAsync(static _ => true, async handler =>
    {
        string data = await PullAsync($"data-{handler}");
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"image-volumes-{handler}",
            fixture.Image,
            "sleep 1000",
            (_, container) =>
            {
                container.Mounts.Add(Volume("/whole", data));
                container.Mounts.Add(Volume("/sub", data, "etc/deep"));
                container.Mounts.Add(Volume("/tools", fixture.Image, "bin"));
                container.Linux.SecurityContext.Capabilities = new Capability { AddCapabilities = { "SYS_ADMIN" } };
            },
            handler);
        await Daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = data } });

        Assert.Equal("value", (await Daemon.ExecAsync(id, "cat", "/whole/etc/deep/file")).Stdout);
        Assert.Equal("value", (await Daemon.ExecAsync(id, "cat", "/sub/file")).Stdout);
        Assert.Equal("from a volume\n", (await Daemon.ExecAsync(id, "/tools/busybox", "echo", "from a volume")).Stdout);
        foreach (string path in new[] { "/whole/new", "/sub/file", "/tools/busybox" })
        {
            (int exitCode, _, string stderr) = await Daemon.ExecAsync(id, "touch", path);
            Assert.True(exitCode != 0 && stderr.Contains("Read-only", StringComparison.Ordinal), stderr);
        }

        // Not even a container that may mount makes them writable.
        Assert.NotEqual(0, (await Daemon.ExecAsync(id, "/bin/sh", "-c", "mount -o remount,rw,bind /sub && touch /sub/file")).ExitCode);
        ContainerStatus status = await Daemon.ContainerStatusAsync(id);
        Assert.Equal([Echo("/whole", data), Echo("/sub", data, "etc/deep")], status.Mounts.Take(2));
        ContainerStatsResponse stats = await Daemon.Runtime.ContainerStatsAsync(new ContainerStatsRequest { ContainerId = id });
        Assert.InRange(stats.Stats.WritableLayer?.UsedBytes?.Value ?? 0, 0ul, 1ul << 20);

        await Daemon.KillAsync();
        await Daemon.LaunchAsync();
        Assert.Equal("value", (await Daemon.ExecAsync(id, "cat", "/sub/file")).Stdout);
        Assert.Equal(status.Mounts, (await Daemon.ContainerStatusAsync(id)).Mounts);
        int layers = Directory.GetDirectories($"{Daemon.Root}/layers").Length;
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
        await Eventually.TrueAsync(() => Directory.GetDirectories($"{Daemon.Root}/layers").Length < layers, "the layers of the removed image are gone");
    });

    [Fact]
    public Task Pod_InAUserNamespace_OwnsTheFiles() => ForEachHandlerAsync(static handler => handler.Features.UserNamespaces, async handler =>
    {
        string data = await PullAsync($"userns-{handler}");
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"image-volumes-userns-{handler}",
            fixture.Image,
            "sleep 1000",
            (sandbox, container) =>
            {
                MapIds(sandbox.Linux.SecurityContext.NamespaceOptions);
                MapIds(container.Linux.SecurityContext.NamespaceOptions);
                Mount mapped = Volume("/sub", data, "etc/deep");
                mapped.UidMappings.Add(Mapping);
                mapped.GidMappings.Add(Mapping);
                container.Mounts.Add(Volume("/whole", data));
                container.Mounts.Add(mapped);
            },
            handler);

        foreach (string path in new[] { "/whole", "/whole/etc/deep/file", "/sub", "/sub/file" })
        {
            (int exitCode, string stdout, string stderr) = await Daemon.ExecAsync(id, "ls", "-dn", path);
            Assert.True(exitCode == 0, stderr);
            Assert.Equal(["0", "0"], stdout.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..4]);
        }

        Assert.Equal("value", (await Daemon.ExecAsync(id, "cat", "/sub/file")).Stdout);
        Assert.Contains("Read-only", (await Daemon.ExecAsync(id, "touch", "/sub/file")).Stderr, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    });

    [Fact]
    public Task Pod_WithAnArtifactAsAVolume_SeesItsFilesAndCanNotRunIt() => ForEachHandlerAsync(static _ => true, async handler =>
    {
        Testing.TestImage pushed = Testing.TestImage.CreateArtifact(
            "application/vnd.example.model", Testing.TestImage.TitledBlob("weights/0.bin", "zero"), Testing.TestImage.TitledBlob("weights/1.bin", handler));
        string reference = await fixture.Registry.PushAsync(new TestImage(pushed.Manifest, pushed.Config, [.. pushed.Blobs.Values]), "test/artifact", handler);
        PullImageRequest pull = new() { Image = new ImageSpec { Image = reference } };
        string artifact = (await Daemon.Images.PullImageAsync(pull)).ImageRef;
        (string sandboxId, string id) = await Daemon.RunPodAsync(
            $"artifact-{handler}",
            fixture.Image,
            "sleep 1000",
            (_, container) => container.Mounts.Add([Volume("/model", artifact), Volume("/weights", artifact, "weights")]),
            handler);

        Assert.Equal($"zero{handler}", (await Daemon.ExecAsync(id, "cat", "/model/weights/0.bin", "/weights/1.bin")).Stdout);
        Assert.Contains("Read-only", (await Daemon.ExecAsync(id, "touch", "/weights/0.bin")).Stderr, StringComparison.Ordinal);
        ImageStatusResponse status = await Daemon.Images.ImageStatusAsync(new ImageStatusRequest { Image = pull.Image, Verbose = true });
        Assert.Equal((artifact, reference), (status.Image.Id, Assert.Single(status.Image.RepoTags)));
        Assert.Contains("application/vnd.example.model", status.Info["info"], StringComparison.Ordinal);
        Assert.Contains((await Daemon.Images.ListImagesAsync(new ListImagesRequest())).Images, image => image.Id == artifact && image.Size > 0);
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, $"artifact-{handler}");
        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("run", artifact, "/bin/sh")));
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        Assert.Contains("can only be mounted as a volume", exception.Status.Detail, StringComparison.Ordinal);

        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
        await Daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = artifact } });
    });

    [Fact]
    public async Task Create_VolumeThatCannotBe_FailsAsKubeletExpectsAndLeavesNothing()
    {
        string data = await PullAsync("refused");
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "image-volumes-refused");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        foreach (Mount mount in new[] { Volume("/data", "localhost/not/here:1"), Volume("/data", data, "missing"), Volume("/data", data, "etc/deep/file") })
        {
            ContainerConfig container = Requests.Container("main", fixture.Image, "/bin/sh");
            container.Mounts.Add(mount);

            RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.CreateContainerAsync(sandboxId, sandbox, container));

            Assert.Equal(StatusCode.Unknown, exception.StatusCode);
            Assert.StartsWith("ImageVolumeMountFailed: ", exception.Status.Detail, StringComparison.Ordinal);
        }

        ContainerConfig good = Requests.Container("main", fixture.Image, "/bin/sh");
        good.Mounts.Add(Volume("/data", data, "etc"));
        await Daemon.RemoveContainerAsync(await Daemon.CreateContainerAsync(sandboxId, sandbox, good));
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task Kill_DuringCreateAndRemove_TheRepeatedCallSucceedsAndNothingLeaks()
    {
        string data = await PullAsync("crash");
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "image-volumes-crash");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        for (int delay = 0; delay < 24; delay += 2)
        {
            ContainerConfig container = Requests.Container($"main-{delay}", fixture.Image, "/bin/sh");
            container.Mounts.Add([Volume("/whole", data), Volume("/sub", data, "etc"), Volume("/tools", fixture.Image)]);
            Task<string> create = Daemon.CreateContainerAsync(sandboxId, sandbox, container);
            await KillDuringAsync(create, delay);
            string id = create.IsCompletedSuccessfully ? await create : await Daemon.CreateContainerAsync(sandboxId, sandbox, container);
            Assert.Equal(ContainerState.ContainerCreated, (await Daemon.ContainerStatusAsync(id)).State);

            Task remove = Daemon.RemoveContainerAsync(id);
            await KillDuringAsync(remove, delay);
            await Daemon.RemoveContainerAsync(id);
        }

        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
        await Daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = data } });
    }

    private async Task KillDuringAsync(Task call, int delay)
    {
        await Task.Delay(delay);
        await Daemon.KillAsync();
        await Task.WhenAny(call);
        await Daemon.LaunchAsync();
    }

    private static IDMapping Mapping => new() { ContainerId = 0, HostId = FirstId, Length = 65536 };

    private static void MapIds(NamespaceOption options) =>
        options.UsernsOptions = new UserNamespace { Mode = NamespaceMode.Pod, Uids = { Mapping }, Gids = { Mapping } };

    private static Mount Volume(string path, string image, string subPath = "") =>
        new() { ContainerPath = path, Readonly = true, Image = new ImageSpec { Image = image, UserSpecifiedImage = "data:latest" }, ImageSubPath = subPath };

    private static Mount Echo(string path, string image, string subPath = "")
    {
        Mount mount = Volume(path, image, subPath);
        mount.Image.ImageRef = image;
        return mount;
    }

    /// <summary>The id of an image of its own, as PullImage gives it to kubelet, which names the volume by it.</summary>
    private async Task<string> PullAsync(string name)
    {
        TestImage image = TestImage.Busybox(null, ("etc/deep/file", "value"), ("etc/name", name));
        string reference = await fixture.Registry.PushAsync(image, "test/volume", name);
        return (await Daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = reference } })).ImageRef;
    }

    private async Task ForEachHandlerAsync(Func<RuntimeHandler, bool> fits, Func<string, Task> test)
    {
        StatusResponse status = await Daemon.Runtime.StatusAsync(new StatusRequest());
        string[] handlers = [.. status.RuntimeHandlers.Where(handler => handler.Name.Length > 0 && fits(handler)).Select(handler => handler.Name)];
        Assert.SkipUnless(handlers.Length > 0, "no OCI runtime of this machine can do this");
        foreach (string handler in handlers)
        {
            await test(handler);
        }
    }
}
