using Crid.Core;
using Crid.Cri;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Crid.Daemon;

/// <summary>The gRPC server on the Unix socket: Kestrel, the services, and nothing else.</summary>
internal static class CridServer
{
    private const UnixFileMode SocketMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>kubelet and its peers hold streams open for long; this many calls may be in flight on one connection.</summary>
    private const int StreamsPerConnection = 4096;

    public static WebApplication Build(GrpcSection options, CridDirectories directories, Composition composition, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, directories.Socket));
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = (int)options.MaxMessageBytes;
            grpc.MaxSendMessageSize = (int)options.MaxMessageBytes;
            grpc.Interceptors.Add<ErrorInterceptor>();
        });
        AddServices(builder.Services, composition);

        WebApplication server = builder.Build();
        server.MapGrpcService<RuntimeServiceImpl>();
        server.MapGrpcService<ImageServiceImpl>();
        server.MapGrpcService<AdminService>();
        server.MapGrpcService<HealthServiceImpl>();
        return server;
    }

    /// <summary>Gives the socket its mode. Before this only root can connect: connecting takes write permission.</summary>
    public static void RestrictSocket(CridDirectories directories) => File.SetUnixFileMode(directories.Socket, SocketMode);

    private static void Configure(KestrelServerOptions kestrel, string socket)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        kestrel.ListenUnixSocket(socket, static listen => listen.Protocols = HttpProtocols.Http2);
    }

    private static void AddServices(IServiceCollection services, Composition composition)
    {
        HealthServiceImpl health = new();
        health.SetStatus("", Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.Serving);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(health);
        services.AddSingleton(composition.RuntimeService);
        services.AddSingleton(composition.ImageService);
        services.AddSingleton(composition.AdminService);
    }

    /// <summary>The process decides when the server ends, not the other way round.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
