using System.Buffers;
using System.Buffers.Text;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// Several channels over one WebSocket: the first byte of a message names its channel. Received bytes that nobody has read are bounded over all
/// channels; when they are too many the socket is not read, and TCP holds the client back.
/// </summary>
internal sealed class ChannelSocket : IDisposable
{
    /// <summary>Data of one message at most; larger ones delay other channels.</summary>
    private const int MaxData = 32 * 1024;

    private readonly WebSocket _socket;
    private readonly bool _base64;
    private readonly bool _hasClose;
    private readonly StreamingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly IdleWatch _idle;
    private ITimer? _linger;

    public ChannelSocket(WebSocket socket, bool base64, bool hasClose, StreamingOptions options, TimeProvider time, ILogger logger)
    {
        _socket = socket;
        _base64 = base64;
        _hasClose = hasClose;
        _options = options;
        _time = time;
        _logger = logger;
        Budget = new ByteBudget(options.BufferedBytes);
        Closed = _closed.Token;
        _idle = new IdleWatch(time, options.IdleTimeout, Expire);
    }

    public ByteBudget Budget { get; }

    /// <summary>Whether the protocol lets both sides half-close a channel.</summary>
    public bool HasClose => _hasClose;

    /// <summary>Cancelled when the client can't be reached any more.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Hands what arrives to the receiver until the client closes, or the socket fails. Does not throw for either.</summary>
    public async Task RunAsync(IChannelReceiver receiver, CancellationToken cancellationToken)
    {
        await using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static socket => ((ChannelSocket)socket!).Cancel(), this);
        string reason = "the client has closed the connection";
        WebSocketCloseStatus? answer = WebSocketCloseStatus.NormalClosure;
        try
        {
            await ReceiveAsync(receiver);
        }
        catch (InvalidDataException exception)
        {
            reason = exception.Message;
            answer = WebSocketCloseStatus.ProtocolError;
            StreamingLog.ProtocolBroken(_logger, reason);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            answer = null;
            reason = exception.Message;
            StreamingLog.ConnectionLost(_logger, reason);
        }
        finally
        {
            receiver.Lost(new IOException(reason));
            await _closed.CancelAsync();
            if (answer is WebSocketCloseStatus status)
            {
                await CloseOutputAsync(status);
            }

            await _lifetime.CancelAsync();
        }
    }

    public OutputStream OpenWriter(int channel) =>
        new((data, cancellationToken) => new ValueTask(SendAsync(channel, data, cancellationToken)), static () => ValueTask.CompletedTask);

    /// <summary>Sends data, or one empty message. Cancellation counts until it is the message's turn.</summary>
    /// <exception cref="IOException">The client is lost.</exception>
    public async Task SendAsync(int channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        do
        {
            ReadOnlyMemory<byte> part = data[..Math.Min(data.Length, MaxData)];
            data = data[part.Length..];
            await _turn.WaitAsync(cancellationToken);
            try
            {
                await SendMessageAsync(channel, part);
            }
            finally
            {
                _turn.Release();
            }
        }
        while (!data.IsEmpty);
    }

    /// <summary>Half-closes a channel; for protocols that <see cref="HasClose"/>.</summary>
    public Task SendCloseAsync(int channel, CancellationToken cancellationToken) =>
        SendAsync(ChannelDecoder.CloseSignal, new[] { (byte)channel }, cancellationToken);

    /// <summary>Says that nothing more comes, and leaves the client the linger time to say the same.</summary>
    public Task CloseAsync() => CloseOutputAsync(WebSocketCloseStatus.NormalClosure);

    public void Dispose()
    {
        _idle.Dispose();
        _linger?.Dispose();
        _turn.Dispose();
        _lifetime.Dispose();
        _closed.Dispose();
    }

    private async Task ReceiveAsync(IChannelReceiver receiver)
    {
        ChannelDecoder decoder = new(receiver, _base64, _hasClose);
        byte[] buffer = new byte[MaxData];
        while (true)
        {
            ValueWebSocketReceiveResult result = await _socket.ReceiveAsync(buffer.AsMemory(ChannelDecoder.MaxKept), _lifetime.Token);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            _idle.Touch();
            decoder.Append(buffer, ChannelDecoder.MaxKept, result.Count, result.EndOfMessage);
            await Budget.WaitForRoomAsync(_lifetime.Token);
        }
    }

    private async Task SendMessageAsync(int channel, ReadOnlyMemory<byte> data)
    {
        int length = 1 + (_base64 ? Base64.GetMaxEncodedToUtf8Length(data.Length) : data.Length);
        byte[] message = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (_base64)
            {
                message[0] = (byte)('0' + channel);
                Base64.EncodeToUtf8(data.Span, message.AsSpan(1), out _, out _);
            }
            else
            {
                message[0] = (byte)channel;
                data.Span.CopyTo(message.AsSpan(1));
            }

            WebSocketMessageType type = _base64 ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
            await _socket.SendAsync(message.AsMemory(0, length), type, endOfMessage: true, _lifetime.Token);
            _idle.Touch();
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception) && exception is not IOException)
        {
            Cancel();
            throw new IOException("the client has closed the connection", exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    private async Task CloseOutputAsync(WebSocketCloseStatus status)
    {
        _linger ??= _time.CreateTimer(static socket => ((ChannelSocket)socket!).Cancel(), this, _options.LingerTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            await _turn.WaitAsync(_lifetime.Token);
            try
            {
                if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await _socket.CloseOutputAsync(status, null, _lifetime.Token);
                }
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(_logger, exception.Message);
        }
    }

    private void Expire()
    {
        StreamingLog.Idle(_logger);
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            _lifetime.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection has ended already, which is all that was wanted.
        }
    }
}
