using System.Net.Sockets;
using System.Text;

namespace Crid.Daemon.Tests;

public sealed class ServiceManagerTests
{
    [Fact]
    public void Ready_WithASocket_IsOneDatagram()
    {
        using TemporaryDirectory directory = new();
        string path = $"{directory.Path}/notify";
        using Socket receiver = Bind(path);

        new ServiceManager(path).Ready();

        Assert.Equal("READY=1\nSTATUS=serving", Receive(receiver));
    }

    [Fact]
    public void Stopping_WithAnAbstractSocket_Arrives()
    {
        string name = $"crid-test-{Guid.NewGuid():N}";
        using Socket receiver = Bind($"\0{name}");

        new ServiceManager($"@{name}").Stopping();

        Assert.Equal("STOPPING=1\nSTATUS=stopping", Receive(receiver));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Ready_WithoutAServiceManager_DoesNothing(string? socket)
    {
        Exception? exception = Record.Exception(() => new ServiceManager(socket).Ready());

        Assert.Null(exception);
    }

    private static Socket Bind(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer.AsSpan(0, socket.Receive(buffer)));
    }
}
