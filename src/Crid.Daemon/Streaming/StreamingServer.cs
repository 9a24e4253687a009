using System.Net;
using System.Net.Sockets;
using Crid.Core;
using Crid.Streaming;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
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

    private readonly KestrelServer _server;
    private readonly StreamingApplication _application;
    private readonly ServiceProvider _services;
    private readonly StreamingCertificate? _certificate;

    private StreamingServer(StreamingSection options, StreamingRequests requests, TimeProvider time, ILoggerFactory loggers)
    {
        _certificate = StreamingCertificate.Open(options, time);
        _services = new ServiceCollection().AddSingleton(loggers).BuildServiceProvider();
        KestrelServerOptions kestrel = new() { ApplicationServices = _services, AddServerHeader = false };
        SetLimits(kestrel.Limits, options);
        kestrel.Listen(IPAddress.Parse(options.Address), options.Port, Configure);
        _server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
        StreamingOptions streaming = new() { IdleTimeout = options.IdleTimeout };
        _application = new StreamingApplication(requests, streaming, time, loggers);
    }

    /// <summary>Listens, and tells the requests where.</summary>
    /// <exception cref="CridException">FailedPrecondition: the address can't be had, or the certificate can't be read.</exception>
    public static async Task<StreamingServer> StartAsync(
        StreamingSection options, StreamingRequests requests, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        StreamingServer server = new(options, requests, time, loggers);
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
        await _services.DisposeAsync();
    }

    private static void SetLimits(KestrelServerLimits limits, StreamingSection options)
    {
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = options.MaxConnections;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = HeadersTimeout;
        limits.MaxRequestBodySize = 0;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
    }

    // HTTP/2 has no Upgrade: a client must not be able to choose it while TLS is set up either.
    private void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (_certificate is not null)
        {
            listen.UseHttps(_certificate.HttpsOptions);
        }
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
        return $"{bound.Scheme}://{host}:{bound.Port}";
    }
}
