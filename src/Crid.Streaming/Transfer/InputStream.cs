using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Crid.Core;

namespace Crid.Streaming;

/// <summary>
/// What a peer sends on one stream, as a stream to read. The connection appends and never waits here; the budget that all streams of a
/// connection share holds it back. Reading ends with 0 after the peer's half-close and throws when the stream was reset or the connection lost.
/// After disposal whatever comes is dropped.
/// </summary>
internal sealed class InputStream(ByteBudget budget) : ForwardStream
{
    private static readonly PipeOptions Options = new(pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Lock _lock = new();
    private readonly Pipe _pipe = new(Options);
    private long _buffered;
    private bool _completed;
    private bool _failed;
    private bool _reading;
    private bool _disposed;

    public override bool CanRead => true;

    /// <summary>Whether the peer's direction ended with an error rather than in order.</summary>
    public bool IsFailed
    {
        get
        {
            lock (_lock)
            {
                return _failed;
            }
        }
    }

    /// <summary>Adds bytes that the peer sent; what comes after the end or the disposal is dropped.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "a flush without a threshold has completed when it returns, which is checked")]
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_completed || _disposed || bytes.IsEmpty)
            {
                return;
            }

            budget.Take(bytes.Length);
            _buffered += bytes.Length;

            // One segment for what came in one read: many small ones would outrun the pool they come from.
            bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
            _pipe.Writer.Advance(bytes.Length);

            // Without a threshold the flush only publishes the bytes.
            if (!_pipe.Writer.FlushAsync().IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("the flush of an unbounded pipe waits");
            }
        }
    }

    /// <summary>Ends the stream after what is buffered: orderly without an error, otherwise reads throw it.</summary>
    public void Complete(IOException? error = null)
    {
        lock (_lock)
        {
            if (!_completed)
            {
                _completed = true;
                _failed = error is not null;
                _pipe.Writer.Complete(error);
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || !BeginRead())
        {
            return 0;
        }

        try
        {
            ReadResult result = await _pipe.Reader.ReadAsync(cancellationToken);
            int count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            result.Buffer.Slice(0, count).CopyTo(buffer.Span);
            Release(result.Buffer.GetPosition(count), count);
            return count;
        }
        finally
        {
            EndRead();
        }
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        if (!BeginRead())
        {
            return;
        }

        try
        {
            ReadResult result;
            do
            {
                result = await _pipe.Reader.ReadAsync(cancellationToken);
                try
                {
                    foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    {
                        await destination.WriteAsync(part, cancellationToken);
                    }
                }
                finally
                {
                    // What could not be written is lost either way; the reader must be able to go on or to be disposed.
                    Release(result.Buffer.End, result.Buffer.Length);
                }
            }
            while (!result.IsCompleted && !result.IsCanceled);
        }
        finally
        {
            EndRead();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (!_completed)
            {
                _completed = true;
                _pipe.Writer.Complete();
            }

            if (!_reading)
            {
                Drop();
            }
            else
            {
                _pipe.Reader.CancelPendingRead();
            }
        }
    }

    private bool BeginRead()
    {
        lock (_lock)
        {
            if (_reading)
            {
                throw new InvalidOperationException("a stream has one reader at a time");
            }

            _reading = !_disposed;
            return _reading;
        }
    }

    private void EndRead()
    {
        lock (_lock)
        {
            _reading = false;
            if (_disposed)
            {
                Drop();
            }
        }
    }

    private void Release(SequencePosition consumed, long count)
    {
        _pipe.Reader.AdvanceTo(consumed);
        lock (_lock)
        {
            _buffered -= count;
        }

        budget.Give(count);
    }

    private void Drop()
    {
        _pipe.Reader.Complete();
        budget.Give(_buffered);
        _buffered = 0;
    }
}
