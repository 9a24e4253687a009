using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// The server's side of a SPDY/3.1 connection as Kubernetes clients speak it: only the client opens streams, nobody keeps flow-control windows
/// (TCP holds a fast sender back), and nothing is sent before the client's first frame, which clients rely on while they still read the HTTP
/// answer through a buffer of their own. Memory is bounded by <see cref="ByteBudget"/>, the number of streams, what
/// <see cref="SpdyStreamHeaders"/> keeps of each, and the size of control frames.
/// </summary>
internal sealed class SpdyConnection : IDisposable
{
    private const int ReadSize = 64 * 1024;
    private const uint GoAwayOk = 0;
    private const uint GoAwayProtocolError = 1;

    private readonly Stream _transport;
    private readonly ISpdyStreamHandler _handler;
    private readonly int _maxStreams;
    private readonly StreamingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ByteBudget _budget;
    private readonly SpdyHeaderReader _headers = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly IdleWatch _idle;
    private readonly SpdyFrameWriter _writer;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SpdyStream> _streams = [];
    private uint _lastStreamId;
    private bool _peerSpoke;
    private bool _peerLeaves;
    private volatile bool _draining;
    private ITimer? _linger;

    public SpdyConnection(Stream transport, ISpdyStreamHandler handler, int maxStreams, StreamingOptions options, TimeProvider time, ILogger logger)
    {
        _transport = transport;
        _handler = handler;
        _maxStreams = maxStreams;
        _options = options;
        _time = time;
        _logger = logger;
        _budget = new ByteBudget(options.BufferedBytes);
        Closed = _closed.Token;
        _idle = new IdleWatch(time, options.IdleTimeout, Expire);
        _writer = new SpdyFrameWriter(transport, _idle.Touch, Fail, _lifetime.Token);
    }

    /// <summary>Cancelled when the peer can't be reached any more.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Bytes received and not read.</summary>
    public long Buffered => _budget.Used;

    public int StreamCount
    {
        get
        {
            lock (_lock)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>Reads the connection until it ends: by the peer, by <see cref="CloseAsync"/>, by an error, or idle. Does not throw for any of these.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static connection => ((SpdyConnection)connection!).Cancel(), this);
        PipeReader input = PipeReader.Create(_transport, new StreamPipeReaderOptions(bufferSize: ReadSize, minimumReadSize: 4096, leaveOpen: true));
        try
        {
            await ReadFramesAsync(input);
        }
        catch (SpdyException exception)
        {
            StreamingLog.ProtocolBroken(_logger, exception.Message);
            await SayGoodbyeAsync(GoAwayProtocolError);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(_logger, exception.Message);
        }
        finally
        {
            await input.CompleteAsync();
            AbortStreams();
            await _closed.CancelAsync();
            await _lifetime.CancelAsync();
        }
    }

    /// <summary>
    /// Ends the connection in order: resets what is open, says goodbye, and goes on reading (and dropping) until the peer closes or the linger
    /// time is over, because closing a socket with unread bytes would throw away what the peer has not read yet.
    /// </summary>
    public async Task CloseAsync()
    {
        foreach (SpdyStream stream in Streams())
        {
            stream.Close();
        }

        _draining = true;
        await SayGoodbyeAsync(GoAwayOk);
    }

    public void Dispose()
    {
        _idle.Dispose();
        _linger?.Dispose();
        _lifetime.Dispose();
        _closed.Dispose();
    }

    internal async ValueTask WriteAsync(SpdyStream stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            int count = Math.Min(data.Length, SpdyFrameWriter.MaxData);
            await _writer.WriteDataAsync(stream, data[..count], fin: false, cancellationToken);
            data = data[count..];
        }
    }

    internal ValueTask FinishAsync(SpdyStream stream) => _writer.WriteDataAsync(stream, default, fin: true, CancellationToken.None);

    internal void PostReset(uint streamId, SpdyStatus status) => _writer.PostReset(streamId, status);

    internal void Remove(SpdyStream stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream.Id);
        }
    }

    private async Task ReadFramesAsync(PipeReader input)
    {
        CancellationToken lifetime = _lifetime.Token;
        while (true)
        {
            ReadResult result = await input.ReadAtLeastAsync(SpdyFrameHeader.Size, lifetime);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (_draining)
            {
                input.AdvanceTo(buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }

                continue;
            }

            if (buffer.Length < SpdyFrameHeader.Size)
            {
                if (buffer.IsEmpty)
                {
                    return;
                }

                throw new SpdyException("the connection ends within a frame");
            }

            SpdyFrameHeader header = ReadHeader(buffer);
            input.AdvanceTo(buffer.GetPosition(SpdyFrameHeader.Size));
            _peerSpoke = true;
            _idle.Touch();
            if (header.IsControl)
            {
                await ReceiveControlAsync(input, header, lifetime);
            }
            else
            {
                await ReceiveDataAsync(input, header, lifetime);
            }
        }
    }

    private static SpdyFrameHeader ReadHeader(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> bytes = stackalloc byte[SpdyFrameHeader.Size];
        buffer.Slice(0, SpdyFrameHeader.Size).CopyTo(bytes);
        return SpdyFrameHeader.Parse(bytes);
    }

    private async ValueTask ReceiveDataAsync(PipeReader input, SpdyFrameHeader header, CancellationToken lifetime)
    {
        if (header.StreamId == 0)
        {
            throw new SpdyException("a data frame for stream 0");
        }

        // Data for a stream that has left the table was under way when it ended.
        SpdyStream? stream = Find(header.StreamId);
        if (stream is { IsInputEnded: true })
        {
            _writer.PostReset(header.StreamId, SpdyStatus.StreamAlreadyClosed);
            stream.Abort(new IOException("the peer sent data after the end of the stream"));
            stream = null;
        }

        int left = header.Length;
        while (left > 0)
        {
            ReadResult result = await input.ReadAsync(lifetime);
            ReadOnlySequence<byte> part = result.Buffer.Slice(0, Math.Min(left, result.Buffer.Length));
            foreach (ReadOnlyMemory<byte> segment in part)
            {
                stream?.Input.Append(segment.Span);
            }

            left -= (int)part.Length;
            input.AdvanceTo(part.End);
            if (part.IsEmpty && result.IsCompleted)
            {
                throw new SpdyException("the connection ends within a data frame");
            }

            await _budget.WaitForRoomAsync(lifetime);
        }

        if (header.IsFin)
        {
            stream?.EndInput();
        }
    }

    private async ValueTask ReceiveControlAsync(PipeReader input, SpdyFrameHeader header, CancellationToken lifetime)
    {
        if (!header.IsSupportedVersion || header.Length > SpdyControlFrame.MaxLength || header.Length < SpdyControlFrame.MinLength)
        {
            throw new SpdyException($"a control frame of version {header.Version}, type {(int)header.Type} and {header.Length} bytes");
        }

        ReadResult result = await input.ReadAtLeastAsync(header.Length, lifetime);
        if (result.Buffer.Length < header.Length)
        {
            throw new SpdyException("the connection ends within a control frame");
        }

        ReadOnlySequence<byte> payload = result.Buffer.Slice(0, header.Length);
        Handle(header, payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray());
        input.AdvanceTo(payload.End);
        await _writer.WaitForRoomAsync();
    }

    private void Handle(SpdyFrameHeader header, ReadOnlySpan<byte> payload)
    {
        SpdyControlFrame frame = SpdyControlFrame.Parse(header.Type, payload);
        switch (header.Type)
        {
            case SpdyFrameType.SynStream:
                Open(frame.Number, header.Flags, _headers.Read(frame.Block));
                break;
            case SpdyFrameType.SynReply:
            case SpdyFrameType.Headers:
                // Nobody asks for these headers, but the compression goes on through them.
                _headers.Read(frame.Block);
                if (header.IsFin)
                {
                    Find(frame.Number)?.EndInput();
                }

                break;
            case SpdyFrameType.RstStream:
                Find(frame.Number)?.Abort(new IOException("the peer has reset the stream"));
                break;
            case SpdyFrameType.Ping when frame.Number % 2 != 0:
                _writer.PostPing(frame.Number);
                break;
            case SpdyFrameType.GoAway:
                _peerLeaves = true;
                break;
        }
    }

    private void Open(uint id, byte flags, SpdyStreamHeaders headers)
    {
        if (id == 0)
        {
            throw new SpdyException("stream 0 can't be opened");
        }

        if (id % 2 == 0 || id <= _lastStreamId || (flags & SpdyFrameHeader.Unidirectional) != 0)
        {
            _writer.PostReset(id, SpdyStatus.ProtocolError);
            return;
        }

        _lastStreamId = id;
        SpdyStream stream = new(this, id, headers, _budget);
        if (headers.IsTooLong || _peerLeaves || !TryAdd(stream))
        {
            _writer.PostReset(id, SpdyStatus.RefusedStream);
        }
        else if (!_handler.Accept(headers))
        {
            stream.Close();
        }
        else
        {
            _writer.PostReply(id);
            if ((flags & SpdyFrameHeader.Fin) != 0)
            {
                stream.EndInput();
            }

            _handler.Opened(stream);
        }
    }

    private bool TryAdd(SpdyStream stream)
    {
        lock (_lock)
        {
            return _streams.Count < _maxStreams && !_draining && _streams.TryAdd(stream.Id, stream);
        }
    }

    private SpdyStream? Find(uint id)
    {
        lock (_lock)
        {
            return _streams.GetValueOrDefault(id);
        }
    }

    private SpdyStream[] Streams()
    {
        lock (_lock)
        {
            return [.. _streams.Values];
        }
    }

    private async Task SayGoodbyeAsync(uint status)
    {
        _linger ??= _time.CreateTimer(static connection => ((SpdyConnection)connection!).Cancel(), this, _options.LingerTimeout, Timeout.InfiniteTimeSpan);
        if (_peerSpoke)
        {
            _writer.PostGoAway(_lastStreamId, status);
            await _writer.FlushAsync();
        }
    }

    private void AbortStreams()
    {
        foreach (SpdyStream stream in Streams())
        {
            stream.Abort(new IOException("the connection has ended"));
        }
    }

    private void Expire()
    {
        StreamingLog.Idle(_logger);
        Cancel();
    }

    private void Fail(Exception exception)
    {
        StreamingLog.ConnectionLost(_logger, exception.Message);
        Cancel();
    }

    /// <summary>Ends every read and write of the transport; timers may still call this after the end.</summary>
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
