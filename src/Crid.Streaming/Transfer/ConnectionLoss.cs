using System.Net.WebSockets;

namespace Crid.Streaming;

/// <summary>Which exceptions of a transport mean that the connection is gone.</summary>
internal static class ConnectionLoss
{
    public static bool Is(Exception exception) =>
        exception is IOException or WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
