using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Crid.Core;
using Crid.Linux;
using Crid.Streaming;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Crid.Daemon;

/// <summary>
/// The HTTP server to which clients come with the URLs that Exec, Attach and PortForward answer. It shares nothing with the server of the CRI, so
/// that no client of it, whoever that may be, can hold up kubelet.
/// </summary>
internal sealed class StreamingServer : IAsyncDisposable
{
    private const int MaxRequestLineBytes = 2 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HangUpGrace = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _server;
    private readonly StreamingApplication _application;
    private readonly StreamingCertificate? _certificate;
    private readonly ILogger _logger;

    private StreamingServer(StreamingSection options, StreamingRequests requests, EventLoop loop, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger("Crid.Streaming");
        _certificate = StreamingCertificate.Open(options, time, _logger);
        KestrelServerOptions kestrel = new() { AddServerHeader = false };
        SetLimits(kestrel.Limits, options);
        kestrel.Listen(IPAddress.Parse(options.Address), options.Port, Configure);
        _server = new KestrelServer(Options.Create(kestrel), new StreamingTransport(loop, HangUpGrace, time), loggers);
        StreamingOptions streaming = new() { IdleTimeout = options.IdleTimeout };
        _application = new StreamingApplication(requests, options.MaxConnections, streaming, time, loggers);
    }

    /// <summary>Listens, and tells the requests where.</summary>
    /// <exception cref="CridException">FailedPrecondition: the address can't be had, or the certificate can't be read.</exception>
    public static async Task<StreamingServer> StartAsync(
        StreamingSection options,
        StreamingRequests requests,
        EventLoop loop,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        StreamingServer server = new(options, requests, loop, time, loggers);
        try
        {
            await server._server.StartAsync(server._application, cancellationToken);
            requests.BaseAddress = server.FindBaseAddress();
            return server;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await server.DisposeAsync();
            throw new CridException(
                ErrorKind.FailedPrecondition, $"listen on {options.Address} port {options.Port} for streaming: {exception.Message}", exception);
        }
    }

    /// <summary>Ends all connections, and with them the commands that they are for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _server.StopAsync(CancellationToken.None);
        _server.Dispose();
        _certificate?.Dispose();
    }

    private static void SetLimits(KestrelServerLimits limits, StreamingSection options)
    {
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = HeadersTimeout;
        limits.MaxRequestBodySize = 0;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
    }

    private void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (_certificate is not null)
        {
            listen.Use(next => connection => SecureAsync((StreamingConnection)connection, next));
        }
    }

    private async Task SecureAsync(StreamingConnection connection, ConnectionDelegate next)
    {
        try
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
            limit.CancelAfter(HeadersTimeout);
            await connection.SecureAsync(_certificate!.ServerOptions, limit.Token);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
        {
            DaemonLog.HandshakeFailed(_logger, exception.Message);
            return;
        }

        await next(connection);
    }

    /// <summary>The address that was really bound; where that means all of the machine's, loopback is one of them.</summary>
    private string FindBaseAddress()
    {
        Uri bound = new(_server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        string host = bound.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            _ => bound.Host,
        };
        return $"{(_certificate is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{host}:{bound.Port}";
    }
}
