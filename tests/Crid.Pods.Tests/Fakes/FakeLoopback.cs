using System.Net.Sockets;

namespace Crid.Pods.Tests;

/// <summary>Loopback interfaces of which every port takes a connection: a socket that leads nowhere.</summary>
internal sealed class FakeLoopback(Incarnation life) : ILoopback
{
    /// <summary>What was connected to, as <c>NAMESPACE:PORT</c>.</summary>
    public List<string> Connected { get; } = [];

    public async Task<Socket> ConnectAsync(string? networkNamespace, int port, CancellationToken cancellationToken)
    {
        await life.StepAsync("connect", () => Connected.Add($"{networkNamespace ?? "node"}:{port}"), cancellationToken);
        return new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    }
}
