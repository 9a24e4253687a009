using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.WebSockets;

namespace Crid.Cli;

/// <summary>The client's side of a connection of exec, attach or port-forward: channels over one WebSocket, named by the first byte of a message.</summary>
internal sealed class ChannelClient : IDisposable
{
    /// <summary>What a message that is to be sent has before its data: room for the channel.</summary>
    public const int HeaderBytes = 1;

    public const int BufferBytes = 32 * 1024;

    private const string WithClose = "v5.channel.k8s.io";
    private const string WithoutClose = "v4.channel.k8s.io";
    private const byte CloseSignal = 255;

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    [SuppressMessage("Security", "CA5359", Justification = "only for addresses that lead to this machine alone, see below")]
    private ChannelClient(Uri server)
    {
        _socket.Options.AddSubProtocol(WithClose);
        _socket.Options.AddSubProtocol(WithoutClose);
        _socket.Options.Proxy = null;
        if (IPAddress.TryParse(server.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address))
        {
            // The daemon has told the URL through its socket, and this machine's loopback leads to nobody else; its certificate may be its own.
            _socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
    }

    /// <summary>Connects to the URL of an answer.</summary>
    /// <exception cref="CliException">The server can't be reached or refuses.</exception>
    public static async Task<ChannelClient> ConnectAsync(string url, CancellationToken cancellation)
    {
        UriBuilder address = new(url);
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        ChannelClient client = new(address.Uri);
        try
        {
            await client._socket.ConnectAsync(address.Uri, cancellation);
            return client;
        }
        catch (WebSocketException error)
        {
            client.Dispose();
            throw new CliException($"cannot connect to the streams at {address.Uri.Authority}: {error.InnerException?.Message ?? error.Message}");
        }
    }

    /// <summary>Sends a message whose data begins after <see cref="HeaderBytes"/> of the buffer.</summary>
    public async Task SendAsync(int channel, Memory<byte> message, CancellationToken cancellation)
    {
        message.Span[0] = (byte)channel;
        await _turn.WaitAsync(cancellation);
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Tells the server that nothing more comes on a channel, where the protocol has words for it.</summary>
    public Task EndAsync(int channel, CancellationToken cancellation) =>
        _socket.SubProtocol == WithClose ? SendAsync(CloseSignal, new byte[] { 0, (byte)channel }, cancellation) : Task.CompletedTask;

    /// <summary>Sends what a stream has to give, then <see cref="EndAsync"/>.</summary>
    public async Task SendAllAsync(int channel, Stream from, CancellationToken cancellation)
    {
        byte[] buffer = new byte[HeaderBytes + BufferBytes];
        int count;
        while ((count = await from.ReadAsync(buffer.AsMemory(HeaderBytes), cancellation)) > 0)
        {
            await SendAsync(channel, buffer.AsMemory(0, HeaderBytes + count), cancellation);
        }

        await EndAsync(channel, cancellation);
    }

    /// <summary>Hands over what comes, in pieces, until the server closes. A half-close comes as an empty piece.</summary>
    /// <exception cref="CliException">The connection was lost.</exception>
    public async Task ReceiveAllAsync(Func<int, ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        byte[] buffer = new byte[HeaderBytes + BufferBytes];
        int channel = -1;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult result = await _socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                ReadOnlyMemory<byte> piece = buffer.AsMemory(0, result.Count);
                if (channel < 0 && piece.Length > 0)
                {
                    channel = piece.Span[0];
                    piece = piece[1..];
                }

                if (channel == CloseSignal && piece.Length > 0)
                {
                    await take(piece.Span[0], default);
                }
                else if (piece.Length > 0)
                {
                    await take(channel, piece);
                }

                channel = result.EndOfMessage ? -1 : channel;
            }
        }
        catch (WebSocketException error)
        {
            throw new CliException($"the connection to the streams was lost: {error.Message}");
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _turn.Dispose();
    }
}
