using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

public sealed class WebSocketPortForwardTests
{
    private readonly EchoTarget _echo = new();
    private readonly PortForwardServer _server = new(new StreamingOptions(), TimeProvider.System, NullLogger<PortForwardServer>.Instance);

    [Fact]
    public async Task Forward_TwoPorts_HaveTheirChannels()
    {
        EchoTarget once = new() { Serve = EchoOnceAsync };
        (Task serving, WebSocket client) = Start(socket => _server.ServeWebSocketAsync(socket, "v4.channel.k8s.io", [8080, 1], once.Target, CancellationToken.None));
        await client.SendAsync("\0hello"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

        Dictionary<int, List<byte[]>> channels = await ReadAllAsync(client);

        Assert.Equal([0x90, 0x1F], channels[0][0]);
        Assert.Equal([0x90, 0x1F], Assert.Single(channels[1]));
        Assert.Equal("hello", Encoding.UTF8.GetString(channels[0][1]));
        Assert.Equal([1, 0], Assert.Single(channels[2]));
        Assert.Equal("error forwarding port 1 to sandbox x: connection refused", Encoding.UTF8.GetString(channels[3][1]));
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await serving.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, once.Open);
        client.Dispose();
    }

    [Fact]
    public async Task Forward_OneOfTwoPortsIsCut_IsToldOnItsErrorChannel()
    {
        FaultyTarget cut = new(PortStep.Read);
        PortForwardTarget target = new("sandbox x", (port, token) => (port == 1 ? cut.Target : _echo.Target).ConnectAsync(port, token));
        (Task serving, WebSocket client) = Start(socket => _server.ServeWebSocketAsync(socket, "v5.channel.k8s.io", [8080, 1], target, CancellationToken.None));
        Dictionary<int, string> channels = [];

        while (!channels.GetValueOrDefault(3, "").Contains("error", StringComparison.Ordinal))
        {
            await ReadOneAsync(client, channels);
        }

        Assert.EndsWith("error forwarding port 1 to sandbox x: Read fails", channels[3], StringComparison.Ordinal);
        await client.SendAsync("\0hello"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        while (!channels.GetValueOrDefault(0, "").EndsWith("hello", StringComparison.Ordinal))
        {
            await ReadOneAsync(client, channels);
        }

        client.Abort();
        await serving.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _echo.Open + cut.Open);
        client.Dispose();
    }

    [Fact]
    public async Task Forward_Version5_PassesHalfClosesOn()
    {
        (Task serving, WebSocket client) = Start(socket => _server.ServeWebSocketAsync(socket, "v5.channel.k8s.io", [80], _echo.Target, CancellationToken.None));
        await client.SendAsync("\0all of it"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        await client.SendAsync(new byte[] { 255, 0 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

        Dictionary<int, List<byte[]>> channels = await ReadAllAsync(client);

        Assert.Equal("all of it", Encoding.UTF8.GetString(channels[0][1]));
        Assert.Equal([0], Assert.Single(channels[255]));
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await serving.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _echo.Open);
        client.Dispose();
    }

    [Fact]
    public async Task Tunnel_SpdyWithinMessagesOfAnyLength_Forwards()
    {
        (Task serving, WebSocket socket) = Start(server => _server.ServeTunnelAsync(server, _echo.Target, CancellationToken.None));
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        Task up = CopyToMessagesAsync(far, socket);
        Task down = CopyFromMessagesAsync(socket, far);
        SpdyClient client = new(near);
        ClientStream error = await client.OpenAsync(("streamtype", "error"), ("port", "80"), ("requestid", "0"));
        ClientStream data = await client.OpenAsync(("streamtype", "data"), ("port", "80"), ("requestid", "0"));
        await data.Replied;

        await client.SendAsync(data, "through the tunnel", fin: true);

        Assert.Equal("through the tunnel", await data.TextAsync());
        Assert.Equal("", await error.TextAsync());
        client.EndSend();
        await Task.WhenAll(up, serving, down).WaitAsync(TimeSpan.FromSeconds(10));
        await client.DisposeAsync();
        socket.Dispose();
    }

    private static async Task EchoOnceAsync(DuplexStream far)
    {
        byte[] buffer = new byte[100];
        int count = await far.ReadAsync(buffer);
        await far.WriteAsync(buffer.AsMemory(0, count));
        far.EndSend();
    }

    private static (Task Serving, WebSocket Client) Start(Func<WebSocket, Task> serve)
    {
        (DuplexStream server, DuplexStream client) = DuplexStream.CreatePair();
        return (ServeAsync(server, serve), WebSocket.CreateFromStream(client, new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero }));
    }

    private static async Task ServeAsync(DuplexStream transport, Func<WebSocket, Task> serve)
    {
        using WebSocket socket = WebSocket.CreateFromStream(transport, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        await serve(socket);
    }

    private static async Task<Dictionary<int, List<byte[]>>> ReadAllAsync(WebSocket client)
    {
        Dictionary<int, List<byte[]>> channels = [];
        byte[] buffer = new byte[1000];
        while (true)
        {
            ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return channels;
            }

            if (!channels.TryGetValue(buffer[0], out List<byte[]>? messages))
            {
                messages = [];
                channels.Add(buffer[0], messages);
            }

            messages.Add(buffer.AsSpan(1, result.Count - 1).ToArray());
        }
    }

    private static async Task ReadOneAsync(WebSocket client, Dictionary<int, string> channels)
    {
        byte[] buffer = new byte[1000];
        ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        channels[buffer[0]] = channels.GetValueOrDefault(buffer[0]) + Encoding.Latin1.GetString(buffer, 1, Math.Max(result.Count - 1, 0));
    }

    private static async Task CopyToMessagesAsync(DuplexStream from, WebSocket to)
    {
        byte[] buffer = new byte[7];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }

        await to.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private static async Task CopyFromMessagesAsync(WebSocket from, DuplexStream to)
    {
        byte[] buffer = new byte[1000];
        ValueWebSocketReceiveResult result;
        while ((result = await from.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
            await to.WriteAsync(buffer.AsMemory(0, result.Count));
        }

        to.EndSend();
    }
}
