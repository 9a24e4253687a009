using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Notices that the peer of a socket has left, also while nobody reads the socket because what came before is not wanted yet.</summary>
public static class SocketHangUp
{
    /// <summary>Completes when the peer has ended its direction or the connection has failed.</summary>
    public static async Task WaitAsync(EventLoop loop, Socket socket, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(socket);

        // A descriptor of its own: the socket may be closed meanwhile, and its number given to another.
        using SafeFileHandle own = Duplicate(socket);
        await loop.WaitAsync(own, Readiness.HangUp, cancellationToken);
    }

    private static SafeFileHandle Duplicate(Socket socket)
    {
        bool held = false;
        socket.SafeHandle.DangerousAddRef(ref held);
        try
        {
            using SafeFileHandle borrowed = new(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false);
            return Descriptor.Duplicate(borrowed);
        }
        finally
        {
            socket.SafeHandle.DangerousRelease();
        }
    }
}
