using System.Buffers;
using System.Buffers.Binary;

namespace Crid.Streaming;

/// <summary>
/// Writes frames to a transport, one at a time. Control frames are posted and go out before the next data frame, so that the loop that reads
/// the connection never waits for a peer that does not read. The buffer of a write is pooled: an idle connection holds none.
/// </summary>
internal sealed class SpdyFrameWriter(Stream transport, Action written, Action<Exception> failed, CancellationToken lifetime)
{
    /// <summary>The longest payload of a data frame; larger ones delay the frames of other streams.</summary>
    public const int MaxData = 32 * 1024;

    private const int MaxControl = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ArrayBufferWriter<byte> _control = new();
    private Task _flush = Task.CompletedTask;
    private bool _compressing;

    // The header block of every reply: ':status' 200 and ':version' HTTP/1.1. Kubernetes' clients look for none, others refuse a reply without. It is
    // one stored block of a zlib stream that is never ended. The empty block behind it is the flush: without it Go's inflater looks for a further
    // block at once, finds the end of its input, and stays in error from then on.
    private static ReadOnlySpan<byte> ReplyBlock =>
    [
        0x00, 0x2E, 0x00, 0xD1, 0xFF,
        0, 0, 0, 2,
        0, 0, 0, 7, (byte)':', (byte)'s', (byte)'t', (byte)'a', (byte)'t', (byte)'u', (byte)'s',
        0, 0, 0, 3, (byte)'2', (byte)'0', (byte)'0',
        0, 0, 0, 8, (byte)':', (byte)'v', (byte)'e', (byte)'r', (byte)'s', (byte)'i', (byte)'o', (byte)'n',
        0, 0, 0, 8, (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', (byte)'1', (byte)'.', (byte)'1',
        0x00, 0x00, 0x00, 0xFF, 0xFF,
    ];

    private static ReadOnlySpan<byte> ZlibHeader => [0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2];

    public void PostReply(uint streamId)
    {
        lock (_lock)
        {
            ReadOnlySpan<byte> header = _compressing ? [] : ZlibHeader;
            _compressing = true;
            Span<byte> frame = Begin(SpdyFrameType.SynReply, sizeof(uint) + header.Length + ReplyBlock.Length);
            BinaryPrimitives.WriteUInt32BigEndian(frame, streamId);
            header.CopyTo(frame[sizeof(uint)..]);
            ReplyBlock.CopyTo(frame[(sizeof(uint) + header.Length)..]);
            Post();
        }
    }

    public void PostReset(uint streamId, SpdyStatus status) => PostNumbers(SpdyFrameType.RstStream, streamId, (uint)status);

    public void PostGoAway(uint lastStreamId, uint status) => PostNumbers(SpdyFrameType.GoAway, lastStreamId, status);

    public void PostPing(uint id)
    {
        lock (_lock)
        {
            BinaryPrimitives.WriteUInt32BigEndian(Begin(SpdyFrameType.Ping, sizeof(uint)), id);
            Post();
        }
    }

    /// <summary>Completes when few control frames wait to be written, which bounds what a flood of pings can pile up.</summary>
    public ValueTask WaitForRoomAsync()
    {
        lock (_lock)
        {
            return _control.WrittenCount < MaxControl ? ValueTask.CompletedTask : new ValueTask(_flush);
        }
    }

    /// <summary>Completes when every frame that was posted is written, or could not be.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            return _flush;
        }
    }

    /// <summary>Writes one frame of at most <see cref="MaxData"/> bytes. Cancellation counts until it is the frame's turn.</summary>
    public async ValueTask WriteDataAsync(SpdyStream stream, ReadOnlyMemory<byte> data, bool fin, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            stream.ThrowIfReset();
            await WriteAsync(stream.Id, data, fin);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void PostNumbers(SpdyFrameType type, uint first, uint second)
    {
        lock (_lock)
        {
            Span<byte> frame = Begin(type, 2 * sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(frame, first);
            BinaryPrimitives.WriteUInt32BigEndian(frame[sizeof(uint)..], second);
            Post();
        }
    }

    private Span<byte> Begin(SpdyFrameType type, int length)
    {
        Span<byte> frame = _control.GetSpan(SpdyFrameHeader.Size + length)[..(SpdyFrameHeader.Size + length)];
        SpdyFrameHeader.WriteControl(frame, type, 0, length);
        _control.Advance(frame.Length);
        return frame[SpdyFrameHeader.Size..];
    }

    private void Post()
    {
        if (_flush.IsCompleted)
        {
            _flush = FlushControlAsync();
        }
    }

    private async Task FlushControlAsync()
    {
        // The caller holds the lock: the write happens elsewhere.
        await Task.Yield();
        bool more = true;
        while (more)
        {
            await _turn.WaitAsync(CancellationToken.None);
            try
            {
                await WriteAsync(0, default, fin: false);
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                return;
            }
            finally
            {
                _turn.Release();
            }

            lock (_lock)
            {
                more = _control.WrittenCount > 0;
                if (!more)
                {
                    _flush = Task.CompletedTask;
                }
            }
        }
    }

    /// <summary>Writes what was posted and the data frame, if there is one, in one call of the transport.</summary>
    private async ValueTask WriteAsync(uint streamId, ReadOnlyMemory<byte> data, bool fin)
    {
        (byte[] buffer, int length) = Assemble(streamId, data.Span, fin);
        try
        {
            if (length > 0)
            {
                await transport.WriteAsync(buffer.AsMemory(0, length), lifetime);
                await transport.FlushAsync(lifetime);
                written();
            }
        }
        catch (Exception exception)
        {
            failed(exception);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private (byte[] Buffer, int Length) Assemble(uint streamId, ReadOnlySpan<byte> data, bool fin)
    {
        lock (_lock)
        {
            int control = _control.WrittenCount;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(control + SpdyFrameHeader.Size + data.Length);
            _control.WrittenSpan.CopyTo(buffer);
            _control.ResetWrittenCount();
            if (streamId == 0)
            {
                return (buffer, control);
            }

            SpdyFrameHeader.WriteData(buffer.AsSpan(control), streamId, fin, data.Length);
            data.CopyTo(buffer.AsSpan(control + SpdyFrameHeader.Size));
            return (buffer, control + SpdyFrameHeader.Size + data.Length);
        }
    }
}
