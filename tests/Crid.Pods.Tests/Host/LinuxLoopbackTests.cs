using System.Net;
using System.Net.Sockets;
using Crid.Core;
using Crid.Testing;

namespace Crid.Pods.Tests;

/// <summary>Connections to this machine's own loopback interface; what a pod's namespace changes is in the host tests.</summary>
public sealed class LinuxLoopbackTests : IDisposable
{
    private const int Attempts = 200;

    private readonly LinuxLoopback _loopback = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _departed = new();
    private readonly Socket _deaf = Bind(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);

    public LinuxLoopbackTests()
    {
        _departed.Cancel();
        File.WriteAllText(_directory.Combine("file"), "");
    }

    [Fact]
    public async Task ConnectAsync_ListenerOnIpv6Alone_IsReached()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "the kernel has no IPv6");
        using Socket listener = Bind(IPAddress.IPv6Loopback);
        listener.Listen();

        using Socket client = await _loopback.ConnectAsync(null, PortOf(listener), CancellationToken.None);

        using Socket server = await listener.AcceptAsync();
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        Assert.True(client.NoDelay);
    }

    [Theory]
    [InlineData("the namespace is gone")]
    [InlineData("the file is no namespace")]
    [InlineData("nobody listens")]
    [InlineData("the caller has left")]
    public async Task ConnectAsync_AnyStepFails_LeavesNoSocketAndTheNextCallConnects(string failure)
    {
        using Socket listener = Bind(IPAddress.Loopback);
        listener.Listen();
        int before = CountSockets();

        for (int i = 0; i < Attempts; i++)
        {
            await FailAsync(failure, PortOf(listener));
        }

        // Other tests of this program have a few as well.
        Assert.InRange(CountSockets(), 0, before + (Attempts / 2));
        using Socket client = await _loopback.ConnectAsync(null, PortOf(listener), CancellationToken.None);
        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
    }

    public void Dispose()
    {
        _deaf.Dispose();
        _departed.Dispose();
        _directory.Dispose();
    }

    private async Task FailAsync(string failure, int port)
    {
        if (failure == "the caller has left")
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _loopback.ConnectAsync(null, port, _departed.Token));
            return;
        }

        CridException exception = await Assert.ThrowsAsync<CridException>(() => failure switch
        {
            "the namespace is gone" => _loopback.ConnectAsync(_directory.Combine("gone"), port, CancellationToken.None),
            "the file is no namespace" => _loopback.ConnectAsync(_directory.Combine("file"), port, CancellationToken.None),
            _ => _loopback.ConnectAsync(null, PortOf(_deaf), CancellationToken.None),
        });
        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        Assert.Contains(failure == "nobody listens" ? $"127.0.0.1:{PortOf(_deaf)}" : _directory.Path, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A socket that has a port, on which it does not listen yet.</summary>
    private static Socket Bind(IPAddress address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static int CountSockets() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(static path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
