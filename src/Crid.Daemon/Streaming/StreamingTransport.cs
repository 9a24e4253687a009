using System.Net;
using System.Net.Sockets;
using Crid.Linux;
using Microsoft.AspNetCore.Connections;

namespace Crid.Daemon;

/// <summary>
/// Sockets for the streaming server. The server's own transport moves bytes in blocks of 4 KiB, which is right for requests and costs half the
/// speed of streams; here every read and write goes to the socket directly, with large buffers that an idle connection does not hold.
/// </summary>
internal sealed class StreamingTransport(EventLoop loop, TimeSpan hangUpGrace, TimeProvider time) : IConnectionListenerFactory
{
    private const int Backlog = 128;
    private const int KeepAliveSeconds = 60;
    private const int ProbeSeconds = 10;
    private const int Probes = 3;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket listening = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            KeepAlive(listening);
            listening.Bind(endpoint);
            listening.Listen(Backlog);
            return ValueTask.FromResult<IConnectionListener>(new Listener(listening, loop, hangUpGrace, time));
        }
        catch (SocketException exception)
        {
            listening.Dispose();
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(exception.Message, exception) : exception;
        }
    }

    // Accepted sockets inherit it. A client can vanish without a word: with its machine, or with so much unread that its end can't be sent.
    private static void KeepAlive(Socket listening)
    {
        listening.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        listening.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        listening.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        listening.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
    }

    private sealed class Listener(Socket listening, EventLoop loop, TimeSpan hangUpGrace, TimeProvider time) : IConnectionListener
    {
        public EndPoint EndPoint => listening.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    Socket accepted = await listening.AcceptAsync(cancellationToken);
                    return new StreamingConnection(accepted, loop, hangUpGrace, time);
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // This one has left while it waited; the next may be there.
                }
                catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    return null;
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public ValueTask DisposeAsync()
        {
            listening.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
