using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// Forwards one connection per port over one WebSocket: port i has channel 2i for data and 2i+1 for its error, and each begins with a message that
/// holds the port in two bytes, little end first. All connect at once. From version 5 on both sides can half-close a data channel.
/// </summary>
internal sealed class WebSocketPortForward : IChannelReceiver
{
    /// <summary>A channel has one byte.</summary>
    public const int MaxPorts = 128;

    private readonly IReadOnlyList<int> _ports;
    private readonly PortForwardTarget _target;
    private readonly StreamingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ChannelSocket _channels;
    private readonly InputStream[] _inputs;

    public WebSocketPortForward(
        ChannelSocket channels, IReadOnlyList<int> ports, PortForwardTarget target, StreamingOptions options, TimeProvider time, ILogger logger)
    {
        _channels = channels;
        _ports = ports;
        _target = target;
        _options = options;
        _time = time;
        _logger = logger;
        _inputs = [.. ports.Select(_ => new InputStream(channels.Budget))];
    }

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, _ports.Count).Select(ServeAsync));

    public void Receive(int channel, ReadOnlySpan<byte> data)
    {
        if (channel % 2 == 0 && channel / 2 < _inputs.Length)
        {
            _inputs[channel / 2].Append(data);
        }
    }

    public void End(int channel)
    {
        if (channel % 2 == 0 && channel / 2 < _inputs.Length)
        {
            _inputs[channel / 2].Complete();
        }
    }

    public void Lost(IOException reason)
    {
        foreach (InputStream input in _inputs)
        {
            input.Complete(reason);
        }
    }

    private async Task ServeAsync(int index)
    {
        try
        {
            byte[] port = new byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(port, (ushort)_ports[index]);
            await _channels.SendAsync(2 * index, port, _channels.Closed);
            await _channels.SendAsync(2 * index + 1, port, _channels.Closed);
            await ForwardAsync(index);
        }
        catch (Exception) when (_channels.Closed.IsCancellationRequested)
        {
            StreamingLog.ConnectionLost(_logger, "the client has left");
        }
        catch (Exception exception)
        {
            await FailAsync(index, exception.Message);
        }
        finally
        {
            await _inputs[index].DisposeAsync();
        }
    }

    private async Task ForwardAsync(int index)
    {
        await using IPortConnection port = await _target.ConnectAsync(_ports[index], _channels.Closed);
        try
        {
            await new PortRelay(_options, _time).RunAsync(
                _inputs[index], (bytes, cancellationToken) => DeliverAsync(index, bytes, cancellationToken), port, _channels.Closed);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ForwardCut(_logger, _ports[index], _target.Description, exception.Message);
            if (_ports.Count > 1)
            {
                // The close of the WebSocket, which tells of the only connection's end, waits for the others.
                await TellAsync(index, exception.Message);
            }
        }
    }

    private ValueTask DeliverAsync(int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty && _channels.HasClose)
        {
            return new ValueTask(_channels.SendCloseAsync(2 * index, cancellationToken));
        }

        if (bytes.IsEmpty)
        {
            // The client has no way to end its direction, and would hold the connection for nothing.
            _inputs[index].Dispose();
            return ValueTask.CompletedTask;
        }

        return new ValueTask(_channels.SendAsync(2 * index, bytes, cancellationToken));
    }

    private Task FailAsync(int index, string reason)
    {
        StreamingLog.ForwardFailed(_logger, _ports[index], _target.Description, reason);
        return TellAsync(index, reason);
    }

    private async Task TellAsync(int index, string reason)
    {
        try
        {
            byte[] text = Encoding.UTF8.GetBytes($"error forwarding port {_ports[index]} to {_target.Description}: {reason}");
            await _channels.SendAsync(2 * index + 1, text, _channels.Closed);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(_logger, exception.Message);
        }
    }
}
