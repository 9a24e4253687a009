using System.Net.WebSockets;
using System.Text;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

/// <summary>
/// Fails each step of a forwarded connection in turn, and ends the client or the server while it hangs. The client is told what can be told, the
/// port is closed, and the next connection works.
/// </summary>
public sealed class PortForwardFailureTests
{
    private const string Refused = "error forwarding port 80 to sandbox x: Connect fails";

    private readonly ManualTime _time = new();
    private readonly PortForwardServer _server;

    public PortForwardFailureTests() => _server = new PortForwardServer(new StreamingOptions(), _time, NullLogger<PortForwardServer>.Instance);

    [Theory]
    [InlineData(PortStep.Connect, Refused, true)]
    [InlineData(PortStep.Read, "", true)]
    [InlineData(PortStep.Write, "", true)]
    [InlineData(PortStep.EndSend, "", true)]
    [InlineData(PortStep.Close, "", false)]
    public async Task Spdy_AnyStepFails_ConcernsItsConnectionAlone(PortStep step, string told, bool isReset)
    {
        FaultyTarget target = new(step);
        (DuplexStream transport, DuplexStream end) = DuplexStream.CreatePair();
        Task serving = ServeSpdyAsync(transport, target, CancellationToken.None);
        await using SpdyClient client = new(end);

        (ClientStream error, ClientStream data) = await OpenAsync(client, "0");
        await client.SendAsync(data, "ping", fin: true);
        await CutIdleAsync(target, step);

        Assert.Equal(told, await error.TextAsync());
        await data.Ended;
        Assert.Equal(isReset, data.IsReset);
        (ClientStream nextError, ClientStream next) = await OpenAsync(client, "1");
        await client.SendAsync(next, "pong", fin: true);
        Assert.Equal("pong", await next.TextAsync());
        Assert.Equal("", await nextError.TextAsync());
        client.EndSend();
        await serving.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, target.Open);
    }

    [Theory]
    [InlineData(PortStep.Connect, Refused)]
    [InlineData(PortStep.Read, "")]
    [InlineData(PortStep.Write, "")]
    [InlineData(PortStep.EndSend, "")]
    [InlineData(PortStep.Close, "Close fails")]
    public async Task WebSocket_AnyStepFails_EndsInOrderAndTheNextConnectionWorks(PortStep step, string told)
    {
        FaultyTarget target = new(step);

        string error = (await ForwardAsync(target, step)).Error;

        Assert.EndsWith(told, error, StringComparison.Ordinal);
        Assert.Equal(told.Length == 0, error.Length == 0);
        Assert.Equal(("", "ping"), await ForwardAsync(target));
        Assert.Equal(0, target.Open);
    }

    [Theory]
    [InlineData(PortStep.Connect, false)]
    [InlineData(PortStep.Read, false)]
    [InlineData(PortStep.Write, false)]
    [InlineData(PortStep.Connect, true)]
    [InlineData(PortStep.Read, true)]
    [InlineData(PortStep.Write, true)]
    public async Task Spdy_EndedWhileAStepHangs_LeavesNothingAndTheNextConnectionWorks(PortStep step, bool byTheServer)
    {
        FaultyTarget target = new(step, hangs: true);
        using CancellationTokenSource stop = new();
        (DuplexStream transport, DuplexStream end) = DuplexStream.CreatePair();
        Task serving = ServeSpdyAsync(transport, target, stop.Token);
        await using SpdyClient client = new(end);
        (_, ClientStream data) = await OpenAsync(client, "0");
        await client.SendAsync(data, "ping");
        await target.Struck.WaitAsync(TimeSpan.FromSeconds(20));

        if (byTheServer)
        {
            await stop.CancelAsync();
        }
        else
        {
            client.EndSend();
        }

        await serving.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, target.Open);
        Assert.Equal(("", "ping"), await ForwardAsync(target));
    }

    private async Task ServeSpdyAsync(DuplexStream transport, FaultyTarget target, CancellationToken stop)
    {
        await _server.ServeSpdyAsync(transport, target.Target, stop);
        await transport.DisposeAsync();
    }

    private static async Task<(ClientStream Error, ClientStream Data)> OpenAsync(SpdyClient client, string request)
    {
        ClientStream error = await client.OpenAsync(("streamtype", "error"), ("port", "80"), ("requestid", request));
        await error.Replied;
        await client.SendAsync(error, "", fin: true);
        ClientStream data = await client.OpenAsync(("streamtype", "data"), ("port", "80"), ("requestid", request));
        await data.Replied;
        return (error, data);
    }

    /// <summary>Sends a word to port 80 over a WebSocket of its own, and returns what came on both channels until the server closed.</summary>
    private async Task<(string Error, string Data)> ForwardAsync(FaultyTarget target, PortStep? fault = null)
    {
        (DuplexStream transport, DuplexStream end) = DuplexStream.CreatePair();
        using WebSocket socket = WebSocket.CreateFromStream(transport, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        using WebSocket client = WebSocket.CreateFromStream(end, new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero });
        Task serving = _server.ServeWebSocketAsync(socket, "v5.channel.k8s.io", [80], target.Target, CancellationToken.None);
        await client.SendAsync("\0ping"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        await client.SendAsync(new byte[] { 255, 0 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        Task<Dictionary<int, string>> reading = ReadAsync(client);
        if (fault is PortStep step)
        {
            await CutIdleAsync(target, step);
        }

        Dictionary<int, string> channels = await reading.WaitAsync(TimeSpan.FromSeconds(20));

        // Saying goodbye in order would take .NET's client a second.
        await end.DisposeAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(20));

        // Each channel begins with the port in two bytes.
        return (channels[1][2..], channels[0][2..]);
    }

    private static async Task<Dictionary<int, string>> ReadAsync(WebSocket client)
    {
        Dictionary<int, string> channels = [];
        byte[] buffer = new byte[1000];
        ValueWebSocketReceiveResult result;
        while ((result = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
            channels[buffer[0]] = channels.GetValueOrDefault(buffer[0]) + Encoding.Latin1.GetString(buffer, 1, result.Count - 1);
        }

        return channels;
    }

    /// <summary>
    /// Waits for the fault. A port that took nothing, or did not hear of the end, says nothing any more: time passes until its connection is cut, in
    /// steps shorter than any that a closing client is given.
    /// </summary>
    private async Task CutIdleAsync(FaultyTarget target, PortStep fault)
    {
        await target.Struck.WaitAsync(TimeSpan.FromSeconds(20));
        for (int i = 0; i < 1000 && fault is (PortStep.Write or PortStep.EndSend) && target.Open > 0; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            await Task.Delay(10);
        }
    }
}
