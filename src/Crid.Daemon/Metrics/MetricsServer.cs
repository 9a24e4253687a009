using System.Net;
using Crid.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Crid.Daemon;

/// <summary>
/// Serves <c>GET /metrics</c>, and nothing else, on an address of its own: the services of the CRI's socket can't be reached here, whatever a
/// client sends.
/// </summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const int MaxConnections = 32;
    private const string MetricsPath = "/metrics";

    private readonly WebApplication _server;

    private MetricsServer(WebApplication server) => _server = server;

    /// <summary>Where it can be reached: with the port that was chosen where 0 was asked for.</summary>
    public string Address => _server.Urls.First();

    /// <exception cref="CridException">Unavailable: nothing can listen there.</exception>
    public static async Task<MetricsServer> StartAsync(ListenAddress address, MetricStore store, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            Listen(kestrel, address);
        });
        WebApplication server = builder.Build();
        server.Run(context => AnswerAsync(context, store));
        try
        {
            await server.StartAsync(cancellationToken);
            return new MetricsServer(server);
        }
        catch (IOException exception)
        {
            await server.DisposeAsync();
            throw new CridException(ErrorKind.Unavailable, $"serve metrics on '{address}': {exception.Message}", exception);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address)
    {
        if (address.SocketPath is string path)
        {
            // What a predecessor has left would be taken for another listener.
            File.Delete(path);
            kestrel.ListenUnixSocket(path, static listen => listen.Protocols = HttpProtocols.Http1);
        }
        else
        {
            kestrel.Listen(address.EndPoint ?? new IPEndPoint(IPAddress.Loopback, 0), static listen => listen.Protocols = HttpProtocols.Http1);
        }
    }

    private static async Task AnswerAsync(HttpContext context, MetricStore store)
    {
        if (context.Request.Path != MetricsPath || context.Request.Method is not ("GET" or "HEAD"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = MetricText.ContentType;
        await context.Response.WriteAsync(store.Write(), context.RequestAborted);
    }
}
