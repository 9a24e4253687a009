using System.Net.WebSockets;
using System.Text;
using Crid.Core;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

public sealed class WebSocketRemoteCommandTests
{
    private const string V4 = "v4.channel.k8s.io";
    private const string V5 = "v5.channel.k8s.io";

    private static readonly RemoteCommandRequest Pipes = new(Stdin: true, Stdout: true, Stderr: true, Tty: false);

    [Theory]
    [InlineData("", false)]
    [InlineData("channel.k8s.io", false)]
    [InlineData("base64.channel.k8s.io", true)]
    [InlineData(V4, false)]
    [InlineData("v4.base64.channel.k8s.io", true)]
    [InlineData(V5, false)]
    public async Task Exec_AnyProtocol_CarriesInputOutputAndStatus(string protocol, bool base64)
    {
        await using Lab lab = new(protocol, Pipes, static async (session, token) =>
        {
            byte[] input = new byte[5];
            await session.Stdin!.ReadExactlyAsync(input, token);
            await session.Stdout!.WriteAsync(input, token);
            await session.Stderr!.WriteAsync("oops"u8.ToArray(), token);
            return RemoteCommandOutcome.Exited(9);
        });

        Assert.Equal((1, ""), await lab.ReceiveAsync(base64));
        await lab.SendAsync(0, "hello", base64);

        Assert.Equal((1, "hello"), await lab.ReceiveAsync(base64));
        Assert.Equal((2, "oops"), await lab.ReceiveAsync(base64));
        (int channel, string status) = await lab.ReceiveAsync(base64);
        Assert.Equal(3, channel);
        Assert.Equal(protocol.StartsWith('v'), status.StartsWith('{'));
        Assert.Contains("9", status, StringComparison.Ordinal);
        await lab.ExpectCloseAsync(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task Exec_SuccessBeforeVersion4_SendsNoStatus()
    {
        await using Lab lab = new("channel.k8s.io", Pipes, static (_, _) => Task.FromResult(RemoteCommandOutcome.Success));

        Assert.Equal((1, ""), await lab.ReceiveAsync(base64: false));
        await lab.ExpectCloseAsync(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task Exec_CloseSignal_EndsStdin()
    {
        await using Lab lab = new(V5, Pipes, static async (session, token) =>
        {
            await session.Stdin!.CopyToAsync(session.Stdout!, token);
            return RemoteCommandOutcome.Success;
        });
        await lab.ReceiveAsync(base64: false);

        await lab.SendAsync(0, "all of it", base64: false);
        await lab.SendRawAsync([255, 0]);

        Assert.Equal((1, "all of it"), await lab.ReceiveAsync(base64: false));
        Assert.Equal((3, """{"status":"Success"}"""), await lab.ReceiveAsync(base64: false));
        await lab.ExpectCloseAsync(WebSocketCloseStatus.NormalClosure);
    }

    [Theory]
    [InlineData(new byte[] { 255 })]
    [InlineData(new byte[] { 255, 0, 0 })]
    public async Task Exec_MalformedCloseSignal_EndsTheConnection(byte[] signal)
    {
        await using Lab lab = new(V5, Pipes, WaitForEverAsync);
        await lab.ReceiveAsync(base64: false);

        await lab.SendRawAsync(signal);

        await lab.ExpectCloseAsync(WebSocketCloseStatus.ProtocolError);
    }

    [Theory]
    [InlineData("0abc")]
    [InlineData("0****")]
    public async Task Exec_MalformedBase64_EndsTheConnection(string message)
    {
        await using Lab lab = new("v4.base64.channel.k8s.io", Pipes, WaitForEverAsync);
        await lab.ReceiveAsync(base64: true);

        await lab.SendRawAsync(Encoding.ASCII.GetBytes(message), WebSocketMessageType.Text);

        await lab.ExpectCloseAsync(WebSocketCloseStatus.ProtocolError);
    }

    [Fact]
    public async Task Exec_EmptyAndUnknownMessages_AreIgnored()
    {
        await using Lab lab = new(V4, new RemoteCommandRequest(true, false, false, true), static async (session, token) =>
        {
            TerminalSize size = await session.Resizes.ReadAsync(token);
            return RemoteCommandOutcome.Exited(size.Width);
        });
        Assert.Equal((3, ""), await lab.ReceiveAsync(base64: false));

        await lab.SendRawAsync([]);
        await lab.SendRawAsync([255, 0]);
        await lab.SendRawAsync([9, 1, 2, 3]);
        await lab.SendAsync(4, """{"Width":77,"Height":1}""", base64: false);

        Assert.Contains("\"77\"", (await lab.ReceiveAsync(base64: false)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exec_ALotBothWays_ArrivesInOrder(bool base64)
    {
        byte[] data = new byte[2_000_000];
        new Random(4).NextBytes(data);
        await using Lab lab = new(base64 ? "v4.base64.channel.k8s.io" : V4, new RemoteCommandRequest(true, true, false, false), async (session, token) =>
        {
            byte[] buffer = new byte[10_000];
            for (int left = data.Length; left > 0;)
            {
                int count = await session.Stdin!.ReadAsync(buffer, token);
                await session.Stdout!.WriteAsync(buffer.AsMemory(0, count), token);
                left -= count;
            }

            return RemoteCommandOutcome.Success;
        });
        Task sending = Task.Run(async () =>
        {
            foreach (byte[] part in data.Chunk(123_457))
            {
                await lab.SendAsync(0, part, base64);
            }
        });

        MemoryStream received = new();
        while (received.Length < data.Length)
        {
            (int channel, byte[] part) = await lab.ReceiveBytesAsync(base64);
            Assert.Equal(1, channel);
            received.Write(part);
        }

        await sending;
        Assert.Equal(data, received.ToArray());
    }

    [Fact]
    public async Task Exec_ClientCloses_CancelsTheHandler()
    {
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Lab lab = new(V5, Pipes, async (session, token) =>
        {
            await Assert.ThrowsAsync<IOException>(() => Read.ToEndAsync(session.Stdin!));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, token));
            cancelled.SetResult();
            throw new OperationCanceledException(token);
        });
        await lab.ReceiveAsync(base64: false);

        await lab.Client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await lab.ExpectCloseAsync(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task Exec_StdinFloodNobodyReads_StillEnds()
    {
        await using Lab lab = new(V4, new RemoteCommandRequest(true, false, false, false), static async (session, token) =>
        {
            await session.Stdin!.ReadExactlyAsync(new byte[10], token);
            return RemoteCommandOutcome.Exited(3);
        });
        await lab.ReceiveAsync(base64: false);

        await lab.SendAsync(0, new byte[8_000_000], base64: false);

        Assert.Contains("\"3\"", (await lab.ReceiveAsync(base64: false)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_Idle_EndsTheConnection()
    {
        ManualTime time = new();
        await using Lab lab = new(V5, Pipes, WaitForEverAsync, time);
        await lab.ReceiveAsync(base64: false);

        time.Advance(TimeSpan.FromHours(5));

        await lab.Serving.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task<RemoteCommandOutcome> WaitForEverAsync(RemoteCommandSession session, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return RemoteCommandOutcome.Success;
    }

    private sealed class Lab : IAsyncDisposable
    {
        private readonly DuplexStream _server;
        private readonly byte[] _buffer = new byte[256 * 1024];

        public Lab(string protocol, RemoteCommandRequest request, RemoteCommandHandler handler, TimeProvider? time = null)
        {
            (_server, DuplexStream client) = DuplexStream.CreatePair();
            RemoteCommandServer server = new(new StreamingOptions(), time ?? TimeProvider.System, NullLogger<RemoteCommandServer>.Instance);
            Serving = ServeAsync(server, protocol, request, handler);
            Client = WebSocket.CreateFromStream(client, new WebSocketCreationOptions { IsServer = false, KeepAliveInterval = TimeSpan.Zero });
        }

        public WebSocket Client { get; }

        public Task Serving { get; }

        public Task SendAsync(int channel, string text, bool base64) => SendAsync(channel, Encoding.UTF8.GetBytes(text), base64);

        public Task SendAsync(int channel, byte[] data, bool base64) => base64
            ? SendRawAsync(Encoding.ASCII.GetBytes((char)('0' + channel) + Convert.ToBase64String(data)), WebSocketMessageType.Text)
            : SendRawAsync([(byte)channel, .. data]);

        public Task SendRawAsync(byte[] message, WebSocketMessageType type = WebSocketMessageType.Binary) =>
            Client.SendAsync(message, type, endOfMessage: true, CancellationToken.None);

        public async Task<(int Channel, string Text)> ReceiveAsync(bool base64)
        {
            (int channel, byte[] data) = await ReceiveBytesAsync(base64);
            return (channel, Encoding.UTF8.GetString(data));
        }

        public async Task<(int Channel, byte[] Data)> ReceiveBytesAsync(bool base64)
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await Client.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
                length += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(base64 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, result.MessageType);
            return base64
                ? (_buffer[0] - '0', Convert.FromBase64String(Encoding.ASCII.GetString(_buffer, 1, length - 1)))
                : (_buffer[0], _buffer.AsSpan(1, length - 1).ToArray());
        }

        public async Task ExpectCloseAsync(WebSocketCloseStatus status)
        {
            ValueWebSocketReceiveResult result = await Client.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(WebSocketMessageType.Close, result.MessageType);
            Assert.Equal(status, Client.CloseStatus);
        }

        public async ValueTask DisposeAsync()
        {
            Client.Abort();
            Client.Dispose();
            await _server.DisposeAsync();
            await Serving.WaitAsync(TimeSpan.FromSeconds(20));
        }

        private async Task ServeAsync(RemoteCommandServer server, string protocol, RemoteCommandRequest request, RemoteCommandHandler handler)
        {
            using WebSocket socket = WebSocket.CreateFromStream(_server, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
            await server.ServeWebSocketAsync(socket, protocol, request, handler, CancellationToken.None);
        }
    }
}
