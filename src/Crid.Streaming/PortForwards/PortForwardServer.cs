using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// Serves port-forwarding on a connection that has been upgraded. The methods return when the connection and everything that it forwarded is
/// over; they do not throw for anything that a client or a port does. The caller closes what it passed in.
/// </summary>
public sealed class PortForwardServer(StreamingOptions options, TimeProvider time, ILogger<PortForwardServer> logger)
{
    /// <summary>Serves SPDY/3.1: any number of connections to any ports, until the client leaves.</summary>
    public Task ServeSpdyAsync(Stream transport, PortForwardTarget target, CancellationToken cancellationToken) =>
        new SpdyPortForward(target, options, time, logger).RunAsync(transport, cancellationToken);

    /// <summary>Serves SPDY/3.1 within the binary messages of a WebSocket, whose boundaries mean nothing.</summary>
    public async Task ServeTunnelAsync(WebSocket socket, PortForwardTarget target, CancellationToken cancellationToken)
    {
        await using WebSocketStream transport = WebSocketStream.Create(socket, WebSocketMessageType.Binary, options.LingerTimeout);
        await ServeSpdyAsync(transport, target, cancellationToken);
    }

    /// <summary>Serves one connection to each port over the channels of a WebSocket, until all have ended.</summary>
    /// <param name="protocol">The protocol that <see cref="UpgradeNegotiation"/> chose.</param>
    /// <param name="ports">1 to 128 ports.</param>
    public async Task ServeWebSocketAsync(
        WebSocket socket, string protocol, IReadOnlyList<int> ports, PortForwardTarget target, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ports.Count, WebSocketPortForward.MaxPorts, nameof(ports));
        RemoteCommandProtocol version = RemoteCommandProtocol.Parse(protocol);
        using ChannelSocket channels = new(socket, version.IsBase64, version.HasClose, options, time, logger);
        WebSocketPortForward forward = new(channels, ports, target, options, time, logger);
        Task reading = channels.RunAsync(forward, cancellationToken);
        await forward.RunAsync();
        await channels.CloseAsync();
        await reading;
    }
}
