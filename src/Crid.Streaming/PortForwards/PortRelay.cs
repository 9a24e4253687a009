using System.Buffers;

namespace Crid.Streaming;

/// <summary>
/// Copies both directions of one forwarded connection, passes half-closes on, and ends when both directions have: or when one has and the other
/// carries nothing for a time, or when either side fails.
/// </summary>
internal sealed class PortRelay(StreamingOptions options, TimeProvider time)
{
    private const int BufferSize = 32 * 1024;

    /// <param name="toClient">Sends to the client; no data means that the port has ended its direction.</param>
    public async Task RunAsync(
        InputStream fromClient, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> toClient, IPortConnection port, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using HalfClosedWatch watch = new(time, options.HalfClosedTimeout, stop);
        await Task.WhenAll(
            StopOnFailureAsync(UploadAsync(fromClient, port, watch, stop.Token), stop),
            StopOnFailureAsync(DownloadAsync(port, toClient, watch, stop.Token), stop));
    }

    private static async Task StopOnFailureAsync(Task direction, CancellationTokenSource stop)
    {
        try
        {
            await direction;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private static async Task UploadAsync(InputStream fromClient, IPortConnection port, HalfClosedWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            await CopyAsync(fromClient, port.Stream.WriteAsync, watch, cancellationToken);
            port.EndSend();
        }
        catch (IOException) when (!fromClient.IsFailed)
        {
            // The port takes no more, but what it has to say may still be on its way.
            await fromClient.DisposeAsync();
        }

        watch.EndDirection();
    }

    private static async Task DownloadAsync(
        IPortConnection port, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> toClient, HalfClosedWatch watch, CancellationToken cancellationToken)
    {
        await CopyAsync(port.Stream, toClient, watch, cancellationToken);
        await toClient(default, cancellationToken);
        watch.EndDirection();
    }

    private static async Task CopyAsync(
        Stream from, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> to, HalfClosedWatch watch, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, cancellationToken)) > 0)
            {
                watch.Touch();
                await to(buffer.AsMemory(0, count), cancellationToken);
                watch.Touch();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Stops a relay that is half closed and idle; counts for nothing while both directions are open.</summary>
    private sealed class HalfClosedWatch(TimeProvider time, TimeSpan limit, CancellationTokenSource stop) : IDisposable
    {
        private readonly Lock _lock = new();
        private IdleWatch? _idle;
        private bool _disposed;

        public void Touch() => Volatile.Read(ref _idle)?.Touch();

        public void EndDirection()
        {
            lock (_lock)
            {
                if (!_disposed)
                {
                    _idle ??= new IdleWatch(time, limit, Expire);
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _idle?.Dispose();
            }
        }

        private void Expire()
        {
            lock (_lock)
            {
                if (!_disposed)
                {
                    stop.Cancel();
                }
            }
        }
    }
}
