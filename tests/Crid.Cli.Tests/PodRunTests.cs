using System.Text;
using Grpc.Core;

namespace Crid.Cli.Tests;

public sealed class PodRunTests : IDisposable
{
    private static readonly RunMode Foreground = new(Detach: false, Remove: true, Quiet: true);
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-run-").FullName;
    private readonly Interrupts _interrupts = Interrupts.Manual();
    private readonly MemoryStream _output = new();

    public void Dispose()
    {
        _interrupts.Dispose();
        _output.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Execute_Foreground_RunsInOrderPassesTheExitCodeAndRemovesAll()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.ExitCode = 3;

        int exitCode = await RunAsync(server, NewPod(), Foreground);

        Assert.Equal(3, exitCode);
        Assert.Equal(
            ["PullImage", "RunPodSandbox", "CreateContainer", "StartContainer", "StopContainer", "StopPodSandbox", "RemovePodSandbox"], server.State.Calls);
        Assert.Empty(FilesLeft());
    }

    [Fact]
    public async Task Execute_StartFails_RemovesThePodAndItsFiles()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.StartError = "no such program";

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => RunAsync(server, NewPod(), Foreground with { Remove = false }));

        Assert.Equal("no such program", error.Status.Detail);
        Assert.Equal("RemovePodSandbox", server.State.Calls.Last());
        Assert.Empty(FilesLeft());
    }

    [Fact]
    public async Task Execute_PullFailsForAnImageThatIsHere_NamesTheWayOut()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.PullError = "connection refused";
        server.State.Images.Add("docker.io/library/busybox:1");
        PodManifest pod = NewPod();
        pod = pod with { Containers = [pod.Containers[0] with { PullPolicy = PullPolicy.Always }] };

        CliException missing = await FailsAsync<CliException>();
        server.State.Images.Clear();
        RpcException error = await FailsAsync<RpcException>();

        Assert.Equal("connection refused; an image of this name is here, which the pull policy IfNotPresent would use", missing.Message);
        Assert.Equal("connection refused", error.Status.Detail);

        Task<TError> FailsAsync<TError>()
            where TError : Exception => Assert.ThrowsAsync<TError>(() => RunAsync(server, pod, Foreground));
    }

    [Fact]
    public async Task Execute_InitContainerFails_DoesNotStartTheContainers()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.ExitCode = 9;
        PodManifest pod = NewPod() with { InitContainers = [new ContainerManifest { Name = "init", Image = "busybox:1" }] };

        Assert.Equal(9, await RunAsync(server, pod, Foreground));

        Assert.Equal("init", Assert.Single(server.State.Containers).Metadata.Name);
        Assert.Single(server.State.Calls, call => call == "PullImage");
    }

    [Fact]
    public async Task Execute_Detached_LeavesThePodAndWritesItsId()
    {
        await using FakeServer server = await FakeServer.StartAsync();

        Assert.Equal(0, await RunAsync(server, NewPod(), new RunMode(Detach: true, Remove: false, Quiet: true)));

        Assert.Equal("StartContainer", server.State.Calls.Last());
        Assert.Equal("aaaa0", Encoding.UTF8.GetString(_output.ToArray()).Trim());
        Assert.NotEmpty(FilesLeft());
    }

    [Fact]
    public async Task Execute_EmptyDirectories_ExistForTheContainer()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        PodManifest pod = NewPod() with
        {
            Volumes = [new VolumeManifest("disk", HostPath: null), new VolumeManifest("memory", HostPath: null, InMemory: true)],
            HostAliases = [new HostAliasManifest("10.1.1.1", ["db"])],
        };

        await RunAsync(server, pod, new RunMode(Detach: true, Remove: false, Quiet: true));

        PodFiles files = PodFiles.Of(pod, Roots());
        Assert.All(pod.Volumes, volume => Assert.True(Directory.Exists(files.VolumePath(volume))));
        Assert.Contains("10.1.1.1\tdb", await File.ReadAllLinesAsync(files.HostsFile, TestContext.Current.CancellationToken));
        Assert.Contains("10.0.0.2\tdemo", await File.ReadAllLinesAsync(files.HostsFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Execute_ImageAsAVolume_IsPulledOnceAndMountedById()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        ContainerManifest main = new() { Name = "main", Image = "busybox:1", Mounts = [new VolumeMountManifest("data", "/data", SubPath: "a/b")] };
        PodManifest pod = NewPod() with { Containers = [main], Volumes = [new VolumeManifest("data", HostPath: null, Image: "docker.io/library/busybox:1")] };

        await RunAsync(server, pod, Foreground);

        Assert.Single(server.State.Calls, static call => call == "PullImage");
        Api.ContainerConfig config = Assert.Single(server.State.Requests<Api.CreateContainerRequest>()).Config;
        Assert.Equal(
            new Api.Mount
            {
                ContainerPath = "/data",
                Readonly = true,
                Image = new Api.ImageSpec { Image = config.Image.Image, UserSpecifiedImage = "docker.io/library/busybox:1" },
                ImageSubPath = "a/b",
            },
            Assert.Single(config.Mounts));
        Assert.Empty(FilesLeft());
    }

    private static PodManifest NewPod() => new() { Name = "demo", Containers = [new ContainerManifest { Name = "main", Image = "busybox:1" }] };

    private PodFileRoots Roots() => new($"{_directory}/logs", $"{_directory}/volumes", $"{_directory}/memory");

    private IEnumerable<string> FilesLeft() =>
        Directory.GetDirectories(_directory).SelectMany(root => Directory.EnumerateFileSystemEntries(root));

    private async Task<int> RunAsync(FakeServer server, PodManifest pod, RunMode mode)
    {
        using DaemonConnection daemon = new(DaemonAddress.Parse(server.Address), TimeSpan.FromSeconds(20));
        using Terminal terminal = new(_output, Stream.Null, width: null, errorIsScreen: false);
        VerbContext context = new(daemon, terminal, OutputFormat.Table, _interrupts) { PodFiles = Roots() };
        return await new PodRun(context, pod, mode).ExecuteAsync(_interrupts.First);
    }
}
