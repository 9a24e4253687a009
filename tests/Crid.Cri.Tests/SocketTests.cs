using System.Net.Sockets;
using Crid.Core;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crid.Cri.Tests;

/// <summary>The services as a client sees them: over gRPC on a Unix socket, with the interceptor around them.</summary>
public sealed class SocketTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-cri-").FullName;
    private readonly RuntimeFixture _fixture = new();
    private readonly FakeImages _images = new();
    private WebApplication? _server;
    private GrpcChannel? _channel;

    private string SocketPath => Path.Combine(_directory, "crid.sock");

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(SocketPath, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.Interceptors.Add<ErrorInterceptor>());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ErrorInterceptor>();
        builder.Services.AddSingleton(_fixture.Service);
        builder.Services.AddSingleton(new ImageServiceImpl(_images));
        _server = builder.Build();
        _server.MapGrpcService<RuntimeServiceImpl>();
        _server.MapGrpcService<ImageServiceImpl>();
        await _server.StartAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectCallback = ConnectAsync },
        });
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Version_OverTheSocket_IsAnswered()
    {
        Api.RuntimeService.RuntimeServiceClient client = new(_channel);

        Api.VersionResponse response = await client.VersionAsync(new Api.VersionRequest(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("crid", response.RuntimeName);
    }

    [Fact]
    public async Task ContainerStatus_UnknownId_IsNotFound()
    {
        Api.RuntimeService.RuntimeServiceClient client = new(_channel);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.ContainerStatusAsync(
            new Api.ContainerStatusRequest { ContainerId = "none" }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal("container 'none' does not exist", error.Status.Detail);
    }

    [Fact]
    public async Task RunPodSandbox_BadRequest_IsInvalidArgument()
    {
        Api.RuntimeService.RuntimeServiceClient client = new(_channel);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.RunPodSandboxAsync(
            new Api.RunPodSandboxRequest(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(new Status(StatusCode.InvalidArgument, "config is missing"), new Status(error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task PullImage_RegistryDown_IsTypedForKubelet()
    {
        _images.Failure = new CridException(ErrorKind.Unavailable, "connection refused") { Reason = "RegistryUnavailable" };
        Api.ImageService.ImageServiceClient client = new(_channel);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.PullImageAsync(
            new Api.PullImageRequest { Image = new Api.ImageSpec { Image = "busybox" } }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Equal("RegistryUnavailable: connection refused", error.Status.Detail);
    }

    [Fact]
    public async Task StreamPodSandboxes_ManyItems_ArriveOnce()
    {
        _fixture.Sandboxes.Items.AddRange(Enumerable.Range(0, (2 * StreamedList.PartSize) + 1).Select(_ => Samples.Sandbox()));
        Api.RuntimeService.RuntimeServiceClient client = new(_channel);
        using AsyncServerStreamingCall<Api.StreamPodSandboxesResponse> call =
            client.StreamPodSandboxes(new Api.StreamPodSandboxesRequest(), cancellationToken: TestContext.Current.CancellationToken);

        List<string> ids = [];
        await foreach (Api.StreamPodSandboxesResponse part in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            ids.AddRange(part.PodSandboxes.Select(item => item.Id));
        }

        Assert.Equal(_fixture.Sandboxes.Items.Select(sandbox => sandbox.Id.Value), ids);
    }

    [Fact]
    public async Task CheckpointContainer_NotPartOfThisVersion_IsUnimplemented()
    {
        Api.RuntimeService.RuntimeServiceClient client = new(_channel);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.CheckpointContainerAsync(
            new Api.CheckpointContainerRequest(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
