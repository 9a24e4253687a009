using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Crid.Linux;

namespace Crid.Daemon.Tests;

public sealed class StreamingConnectionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisposeAsync_OutputNotFlushed_Succeeds(bool clientHasLeft)
    {
        using EventLoop loop = new();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        StreamingConnection connection = new(
            await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), loop, TimeSpan.FromSeconds(5), TimeProvider.System);
        connection.Transport.Output.Write(new byte[100]);
        if (clientHasLeft)
        {
            client.Dispose();
        }

        await connection.DisposeAsync();

        Assert.True(connection.ConnectionClosed.IsCancellationRequested);
    }
}
