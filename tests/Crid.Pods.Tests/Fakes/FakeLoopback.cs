using System.Net.Sockets;
using Crid.Core;

namespace Crid.Pods.Tests;

/// <summary>Loopback interfaces on which nothing listens; the message tells what was asked for.</summary>
internal sealed class FakeLoopback : ILoopback
{
    public Task<Socket> ConnectAsync(string? networkNamespace, int port, CancellationToken cancellationToken) =>
        Task.FromException<Socket>(new CridException(ErrorKind.Unavailable, $"{networkNamespace ?? "node"} port {port}"));
}
