using System.Net.Sockets;
using Crid.Core;

namespace Crid.Pods;

/// <summary>The loopback interfaces of network namespaces.</summary>
public interface ILoopback
{
    /// <summary>Connects to a TCP port on 127.0.0.1, then on ::1.</summary>
    /// <param name="networkNamespace">The path of the namespace; null for the node's own.</param>
    /// <exception cref="CridException">Unavailable: neither address takes the connection, or the namespace is gone.</exception>
    Task<Socket> ConnectAsync(string? networkNamespace, int port, CancellationToken cancellationToken);
}
