using System.Net.WebSockets;
using System.Text;
using Crid.Streaming;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Crid.Daemon;

/// <summary>Answers requests of the streaming server: takes the token of the URL, upgrades the connection, and serves it to its end.</summary>
internal sealed class StreamingApplication : IHttpApplication<HttpContext>
{
    private const string StreamProtocol = "X-Stream-Protocol-Version";

    // Keeps proxies between a client and this node from taking a quiet session for a dead one.
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(10);

    private readonly StreamingRequests _requests;
    private readonly RemoteCommandServer _commands;
    private readonly PortForwardServer _ports;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private int _free;

    public StreamingApplication(StreamingRequests requests, int maxConnections, StreamingOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _requests = requests;
        _free = maxConnections;
        _commands = new RemoteCommandServer(options, time, loggers.CreateLogger<RemoteCommandServer>());
        _ports = new PortForwardServer(options, time, loggers.CreateLogger<PortForwardServer>());
        _logger = loggers.CreateLogger("Crid.Streaming");
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        if (exception is not null)
        {
            DaemonLog.StreamingFailed(_logger, exception);
        }
    }

    /// <summary>Ends all connections; the server then waits until they are over.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    public async Task ProcessRequestAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method))
        {
            await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET and POST are answered");
            return;
        }

        // Whatever follows, the token is used up.
        StreamingRequest? request = _requests.Take(context.Request.Path.Value ?? "");
        if (request is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such request, or its URL was used already or has expired");
            return;
        }

        UpgradeRequest upgrade = ReadUpgrade(context.Request.Headers);
        UpgradeDecision decision = request is PortStreamingRequest
            ? UpgradeNegotiation.ForPortForward(upgrade)
            : UpgradeNegotiation.ForRemoteCommand(upgrade);
        await UpgradeAsync(context, request, decision);
    }

    private async Task UpgradeAsync(HttpContext context, StreamingRequest request, UpgradeDecision decision)
    {
        Append(context.Response.Headers, decision);
        if (decision.Kind == UpgradeKind.Refused)
        {
            await RefuseAsync(context, decision.StatusCode, decision.Message);
            return;
        }

        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "a request with a body can't be upgraded");
            return;
        }

        try
        {
            if (Interlocked.Decrement(ref _free) < 0)
            {
                context.Response.Headers.Clear();
                await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "there are too many streaming connections");
                return;
            }

            await ServeAsync(context, upgrade, request, decision);
        }
        finally
        {
            Interlocked.Increment(ref _free);
        }
    }

    private async Task ServeAsync(HttpContext context, IHttpUpgradeFeature upgrade, StreamingRequest request, UpgradeDecision decision)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        await using Stream transport = await upgrade.UpgradeAsync();
        if (decision.Kind == UpgradeKind.Spdy)
        {
            await ServeSpdyAsync(request, transport, decision.Protocol, ending.Token);
        }
        else
        {
            using WebSocket socket = WebSocket.CreateFromStream(
                transport, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = KeepAliveInterval });
            await ServeWebSocketAsync(request, socket, decision, ending.Token);
        }
    }

    private Task ServeSpdyAsync(StreamingRequest request, Stream transport, string protocol, CancellationToken ending) => request switch
    {
        CommandStreamingRequest command => _commands.ServeSpdyAsync(transport, protocol, command.Command, command.Handler, ending),
        PortStreamingRequest ports => _ports.ServeSpdyAsync(transport, ports.Target, ending),
        _ => throw new InvalidOperationException($"nobody serves {request.Kind}"),
    };

    private Task ServeWebSocketAsync(StreamingRequest request, WebSocket socket, UpgradeDecision decision, CancellationToken ending) => request switch
    {
        CommandStreamingRequest command => _commands.ServeWebSocketAsync(socket, decision.Protocol, command.Command, command.Handler, ending),
        PortStreamingRequest ports when decision.Kind == UpgradeKind.SpdyTunnel => _ports.ServeTunnelAsync(socket, ports.Target, ending),
        PortStreamingRequest ports => _ports.ServeWebSocketAsync(socket, decision.Protocol, ports.Ports, ports.Target, ending),
        _ => throw new InvalidOperationException($"nobody serves {request.Kind}"),
    };

    private static UpgradeRequest ReadUpgrade(IHeaderDictionary headers) => new()
    {
        Connection = headers.Connection!,
        Upgrade = headers.Upgrade!,
        StreamProtocols = headers[StreamProtocol]!,
        WebSocketProtocols = headers.SecWebSocketProtocol!,
        WebSocketVersions = headers.SecWebSocketVersion!,
        WebSocketKeys = headers.SecWebSocketKey!,
    };

    // The server writes 'Connection: Upgrade' itself when it upgrades.
    private static void Append(IHeaderDictionary headers, UpgradeDecision decision)
    {
        foreach ((string name, string value) in decision.Headers)
        {
            if (!name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase))
            {
                headers.Append(name, value);
            }
        }
    }

    private static async Task RefuseAsync(HttpContext context, int statusCode, string message)
    {
        byte[] body = Encoding.UTF8.GetBytes(message.Length > 0 ? message + "\n" : "");
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
