using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Requests that can't succeed get the right code and a message that names the cause, and leave nothing.</summary>
public sealed class BadInputTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task PullImage_UnknownTag_IsNotFound()
    {
        await RefusedAsync(StatusCode.NotFound, "test/busybox:none", PullAsync($"{fixture.Registry.Address}/test/busybox:none"));
    }

    [Fact]
    public async Task PullImage_UnreachableRegistry_IsRegistryUnavailable()
    {
        string reference = $"127.0.0.1:{LabRegistry.FreePort()}/x:1";

        RpcException exception = await RefusedAsync(StatusCode.Unknown, reference[..9], PullAsync(reference));

        Assert.StartsWith("RegistryUnavailable", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Not A Reference")]
    [InlineData("")]
    [InlineData("x@sha256:12")]
    public async Task PullImage_BadReference_IsInvalidArgument(string reference)
    {
        await RefusedAsync(StatusCode.InvalidArgument, reference, PullAsync(reference));
    }

    [Fact]
    public async Task RunPodSandbox_UnknownHandler_IsInvalidArgument()
    {
        await RefusedAsync(StatusCode.InvalidArgument, "no-such-handler", Daemon.RunSandboxAsync(Requests.Sandbox(Daemon, "badhandler"), "no-such-handler"));

        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task RunPodSandbox_NoMetadata_IsInvalidArgument()
    {
        await RefusedAsync(StatusCode.InvalidArgument, "metadata", Daemon.RunSandboxAsync(new PodSandboxConfig()));
    }

    [Fact]
    public async Task RunPodSandbox_NoNetworkConfiguration_IsUnavailableUntilOneAppears()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync(withNetwork: false);
        RuntimeCondition condition = (await daemon.Runtime.StatusAsync(new StatusRequest())).Status.Conditions.Single(each => each.Type == "NetworkReady");
        Assert.False(condition.Status);
        Assert.Equal("NetworkPluginNotReady", condition.Reason);
        await RefusedAsync(StatusCode.Unavailable, daemon.CniConfiguration, daemon.RunSandboxAsync(Requests.Sandbox(daemon, "nonet")));
        await LeakCheck.NothingIsLeftAsync(daemon);

        await daemon.WriteNetworkAsync();

        await Eventually.TrueAsync(
            async () => (await daemon.Runtime.StatusAsync(new StatusRequest())).Status.Conditions.All(each => each.Status), "the network is ready");
        await daemon.RemoveSandboxAsync(await daemon.RunSandboxAsync(Requests.Sandbox(daemon, "nonet")));
        await LeakCheck.NothingIsLeftAsync(daemon);
    }

    [Fact]
    public async Task CreateContainer_CommandNotFound_FailsAndNamesIt()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "nocommand");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            () => Daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", fixture.Image, "/no/such/command")));

        Assert.Contains("/no/such/command", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await Daemon.Runtime.ListContainersAsync(new ListContainersRequest())).Containers);
        string retried = await Daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", fixture.Image, "true"));
        Assert.NotEmpty(retried);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task CreateContainer_ImageNotPulled_IsNotFound()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "noimage");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);

        await RefusedAsync(StatusCode.NotFound, "not-pulled", Daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", "example.org/not-pulled:1", "true")));

        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task CreateContainer_UnknownSandbox_IsNotFound()
    {
        string unknown = new('0', 64);

        await RefusedAsync(StatusCode.NotFound, unknown[..12], Daemon.CreateContainerAsync(unknown, Requests.Sandbox(Daemon, "x"), Requests.Container("main", fixture.Image, "true")));
    }

    [Fact]
    public async Task CreateContainer_MissingMountSource_FailsAndNamesIt()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "nosource");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        ContainerConfig container = Requests.Container("main", fixture.Image, "true");
        container.Mounts.Add(new Mount { ContainerPath = "/data", HostPath = "/no/such/source" });

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.CreateContainerAsync(sandboxId, sandbox, container));

        Assert.Contains("/no/such/source", exception.Status.Detail, StringComparison.Ordinal);
        Assert.False(Path.Exists("/no/such"));
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task CheckpointContainer_NotBuiltYet_IsUnimplemented()
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => Daemon.Runtime.CheckpointContainerAsync(new CheckpointContainerRequest()).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
    }

    private Task PullAsync(string reference) =>
        Daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = reference } }).ResponseAsync;

    private static async Task<RpcException> RefusedAsync(StatusCode code, string detail, Task call)
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(code, exception.StatusCode);
        Assert.Contains(detail, exception.Status.Detail, StringComparison.Ordinal);
        return exception;
    }
}
