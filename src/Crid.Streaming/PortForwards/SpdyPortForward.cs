using System.Text;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// Forwards connections over SPDY: the client opens an error and a data stream for each, which belong together by their request id (or by their
/// stream ids, from clients that send none). A failure is text on the error stream and concerns that pair alone.
/// </summary>
internal sealed class SpdyPortForward(PortForwardTarget target, StreamingOptions options, TimeProvider time, ILogger logger) : ISpdyStreamHandler
{
    private const string DataType = "data";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SpdyPortPair> _pairs = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1;
    private CancellationToken _closed;

    public async Task RunAsync(Stream transport, CancellationToken cancellationToken)
    {
        using SpdyConnection connection = new(transport, this, options.MaxForwardStreams, options, time, logger);
        _closed = connection.Closed;
        await connection.RunAsync(cancellationToken);
        EndOne();
        await _ended.Task;
    }

    public bool Accept(SpdyStreamHeaders headers) => headers.Port > 0 && headers.Type is SpdyCommandStreams.Error or DataType;

    public void Opened(SpdyStream stream)
    {
        bool isError = stream.Headers.Type == SpdyCommandStreams.Error;
        if (isError)
        {
            stream.Input.Dispose();
        }

        string key = stream.Headers.RequestId ?? $"stream {(isError ? stream.Id : stream.Id - 2)}";
        SpdyPortPair? pair;
        bool added;
        lock (_lock)
        {
            pair = FindOrAdd(key, stream.Headers.Port);
            added = pair?.TryAdd(stream, isError) ?? false;
        }

        if (pair is null)
        {
            stream.Close();
        }
        else if (!added)
        {
            _ = RejectAsync(pair, stream, $"a second {(isError ? "error" : "data")} stream for request {key}");
        }
    }

    /// <summary>Null where there are too many: one that waits for its second stream outlives a first stream that the client resets.</summary>
    private SpdyPortPair? FindOrAdd(string key, int port)
    {
        if (!_pairs.TryGetValue(key, out SpdyPortPair? pair) && _pairs.Count < options.MaxForwardStreams)
        {
            pair = new SpdyPortPair(port);
            _pairs.Add(key, pair);
            Interlocked.Increment(ref _running);
            _ = ServeAsync(key, pair);
        }

        return pair;
    }

    private async Task ServeAsync(string key, SpdyPortPair pair)
    {
        // Opened holds the lock, and must not wait for a connection.
        await Task.Yield();
        try
        {
            await pair.Complete.WaitAsync(options.StreamCreationTimeout, time, _closed);
            await ForwardAsync(pair);
        }
        catch (TimeoutException)
        {
            await FailAsync(pair, "the second stream did not come in time");
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            StreamingLog.ConnectionLost(logger, "the client has left");
        }
        catch (Exception exception)
        {
            await FailAsync(pair, exception.Message);
        }
        finally
        {
            lock (_lock)
            {
                _pairs.Remove(key);
            }

            pair.Close();
            EndOne();
        }
    }

    private async Task ForwardAsync(SpdyPortPair pair)
    {
        await using IPortConnection port = await target.ConnectAsync(pair.Port, _closed);
        SpdyStream data = pair.Data!;
        try
        {
            await new PortRelay(options, time).RunAsync(
                data.Input,
                (bytes, cancellationToken) => bytes.IsEmpty ? data.FinishAsync() : data.WriteAsync(bytes, cancellationToken),
                port,
                _closed);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            // Text on the error stream would make clients give up all their connections because one was cut; the reset of the data stream tells.
            StreamingLog.ForwardCut(logger, pair.Port, target.Description, exception.Message);
        }

        await pair.Error!.FinishAsync();
    }

    private async Task FailAsync(SpdyPortPair pair, string reason)
    {
        StreamingLog.ForwardFailed(logger, pair.Port, target.Description, reason);
        try
        {
            if (pair.Error is not null)
            {
                await pair.Error.WriteAsync(Encoding.UTF8.GetBytes($"error forwarding port {pair.Port} to {target.Description}: {reason}"));
                await pair.Error.FinishAsync();
            }
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(logger, exception.Message);
        }
    }

    private async Task RejectAsync(SpdyPortPair pair, SpdyStream stream, string reason)
    {
        await FailAsync(pair, reason);
        stream.Close();
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.TrySetResult();
        }
    }
}
