using System.Net;
using System.Net.Sockets;
using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>The loopback interfaces of this machine.</summary>
internal sealed class LinuxLoopback : ILoopback
{
    public LinuxLoopback() => NetworkSockets.Rehearse();

    public async Task<Socket> ConnectAsync(string? networkNamespace, int port, CancellationToken cancellationToken)
    {
        IReadOnlyList<Socket> sockets = await CreateSocketsAsync(networkNamespace, cancellationToken);
        Socket? connected = null;
        List<string> failures = [];
        try
        {
            for (int i = 0; i < sockets.Count && connected is null; i++)
            {
                connected = await TryConnectAsync(sockets[i], port, failures, cancellationToken) ? sockets[i] : null;
            }

            return connected ?? throw new CridException(ErrorKind.Unavailable, string.Join("; ", failures));
        }
        finally
        {
            foreach (Socket socket in sockets.Where(socket => socket != connected))
            {
                socket.Dispose();
            }
        }
    }

    private static async Task<IReadOnlyList<Socket>> CreateSocketsAsync(string? networkNamespace, CancellationToken cancellationToken)
    {
        if (networkNamespace is null)
        {
            return
            [
                new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp),
                .. Socket.OSSupportsIPv6 ? (Socket[])[new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp)] : [],
            ];
        }

        try
        {
            return await Task.Run(() => NetworkSockets.CreateTcp(networkNamespace), cancellationToken);
        }
        catch (LinuxException exception)
        {
            throw new CridException(ErrorKind.Unavailable, $"enter the network of the sandbox: {exception.Message}", exception);
        }
    }

    private static async Task<bool> TryConnectAsync(Socket socket, int port, List<string> failures, CancellationToken cancellationToken)
    {
        IPEndPoint address = new(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, port);
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            socket.NoDelay = true;
            return true;
        }
        catch (SocketException exception)
        {
            failures.Add($"connect to {address}: {exception.Message}");
            return false;
        }
    }
}
