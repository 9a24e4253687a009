using System.Net;
using Crid.Api;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crid.Cli.Tests;

/// <summary>A CRI server in this process on a socket of its own; containers end at once with what <see cref="FakeState"/> says.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string _directory;

    private FakeServer(WebApplication application, string directory, FakeState state)
    {
        _application = application;
        _directory = directory;
        State = state;
    }

    public FakeState State { get; }

    public string Address => $"unix://{_directory}/crid.sock";

    public static async Task<FakeServer> StartAsync()
    {
        string directory = Directory.CreateTempSubdirectory("crid-cli-").FullName;
        FakeState state = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket($"{directory}/crid.sock", listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(state);
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.Map("/command", context => FakeStreams.ServeCommandAsync(context, state));
        application.Map("/port", FakeStreams.ServePortAsync);
        application.MapGrpcService<FakeRuntime>();
        application.MapGrpcService<FakeImages>();
        await application.StartAsync();
        state.StreamsAddress = application.Urls.First(static url => url.StartsWith("http://127", StringComparison.Ordinal));
        return new FakeServer(application, directory, state);
    }

    /// <summary>Runs a command line against this server; what it writes goes to the console of the test.</summary>
    public async Task<int> RunAsync(params string[] arguments)
    {
        System.CommandLine.RootCommand root = new("crid");
        CliCommands.AddTo(root);
        int verb = Array.FindIndex(arguments, argument => !argument.StartsWith('-'));
        return await CliCommands.InvokeAsync(root, [.. arguments[..(verb + 1)], "--address", Address, .. arguments[(verb + 1)..]]);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class FakeRuntime(FakeState state) : RuntimeService.RuntimeServiceBase
    {
        public override Task<VersionResponse> Version(VersionRequest request, ServerCallContext context) =>
            Task.FromResult(new VersionResponse { Version = "0.1.0", RuntimeName = "fake", RuntimeVersion = "1", RuntimeApiVersion = "v1" });

        public override Task<RunPodSandboxResponse> RunPodSandbox(RunPodSandboxRequest request, ServerCallContext context)
        {
            state.Note("RunPodSandbox", request);
            state.Sandboxes.Add(new PodSandbox { Id = "aaaa" + state.Sandboxes.Count, Metadata = request.Config.Metadata, State = PodSandboxState.SandboxReady, Labels = { request.Config.Labels } });
            return Task.FromResult(new RunPodSandboxResponse { PodSandboxId = state.Sandboxes[^1].Id });
        }

        public override Task<PodSandboxStatusResponse> PodSandboxStatus(PodSandboxStatusRequest request, ServerCallContext context) =>
            Task.FromResult(new PodSandboxStatusResponse { Status = new PodSandboxStatus { Id = request.PodSandboxId, Network = new PodSandboxNetworkStatus { Ip = "10.0.0.2" } } });

        public override Task<ListPodSandboxResponse> ListPodSandbox(ListPodSandboxRequest request, ServerCallContext context) =>
            Task.FromResult(new ListPodSandboxResponse { Items = { state.Sandboxes } });

        public override Task<StopPodSandboxResponse> StopPodSandbox(StopPodSandboxRequest request, ServerCallContext context)
        {
            state.Note("StopPodSandbox", request);
            return Task.FromResult(new StopPodSandboxResponse());
        }

        public override Task<RemovePodSandboxResponse> RemovePodSandbox(RemovePodSandboxRequest request, ServerCallContext context)
        {
            state.Note("RemovePodSandbox", request);
            return Task.FromResult(new RemovePodSandboxResponse());
        }

        public override Task<CreateContainerResponse> CreateContainer(CreateContainerRequest request, ServerCallContext context)
        {
            state.Note("CreateContainer", request);
            state.Containers.Add(new Container { Id = "cccc" + state.Containers.Count, Metadata = request.Config.Metadata, PodSandboxId = request.PodSandboxId, State = ContainerState.ContainerRunning });
            return Task.FromResult(new CreateContainerResponse { ContainerId = state.Containers[^1].Id });
        }

        public override Task<StartContainerResponse> StartContainer(StartContainerRequest request, ServerCallContext context)
        {
            state.Note("StartContainer", request);
            return state.StartError is string error
                ? throw new RpcException(new Status(StatusCode.Unknown, error))
                : Task.FromResult(new StartContainerResponse());
        }

        public override Task<StopContainerResponse> StopContainer(StopContainerRequest request, ServerCallContext context)
        {
            state.Note("StopContainer", request);
            return Task.FromResult(new StopContainerResponse());
        }

        public override Task<ContainerStatusResponse> ContainerStatus(ContainerStatusRequest request, ServerCallContext context) =>
            Task.FromResult(new ContainerStatusResponse
            {
                Status = new ContainerStatus { Id = request.ContainerId, State = ContainerState.ContainerExited, ExitCode = state.ExitCode, Reason = "Error" },
            });

        public override Task<ListContainersResponse> ListContainers(ListContainersRequest request, ServerCallContext context) =>
            Task.FromResult(new ListContainersResponse { Containers = { state.Containers } });

        public override Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context)
        {
            state.Note("Exec", request);
            return Task.FromResult(new ExecResponse { Url = $"{state.StreamsAddress}/command" });
        }

        public override Task<AttachResponse> Attach(AttachRequest request, ServerCallContext context)
        {
            state.Note("Attach", request);
            return Task.FromResult(new AttachResponse { Url = $"{state.StreamsAddress}/command" });
        }

        public override Task<PortForwardResponse> PortForward(PortForwardRequest request, ServerCallContext context)
        {
            state.Note("PortForward", request);
            return Task.FromResult(new PortForwardResponse { Url = $"{state.StreamsAddress}/port" });
        }
    }

    private sealed class FakeImages(FakeState state) : ImageService.ImageServiceBase
    {
        public override Task<ImageStatusResponse> ImageStatus(ImageStatusRequest request, ServerCallContext context) =>
            Task.FromResult(new ImageStatusResponse { Image = state.Images.Contains(request.Image.Image) ? FakeState.Image : null });

        public override Task<PullImageResponse> PullImage(PullImageRequest request, ServerCallContext context)
        {
            state.Note("PullImage", request);
            if (state.PullError is { } problem)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, problem));
            }

            state.Images.Add(FakeState.Image.Id);
            return Task.FromResult(new PullImageResponse { ImageRef = FakeState.Image.Id });
        }
    }
}
