using System.Net.Sockets;

namespace Crid.Streaming;

/// <summary>A connected socket as a port's connection; owns the socket.</summary>
public sealed class SocketPortConnection(Socket socket) : IPortConnection
{
    public Stream Stream { get; } = new NetworkStream(socket, ownsSocket: true);

    public void EndSend()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.NotConnected)
        {
            // The port has closed in the meantime: there is nobody to tell.
        }
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
