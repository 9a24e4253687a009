namespace Crid.Streaming;

/// <summary>One stream of a connection: input to read, and writes that end with <see cref="FinishAsync"/>.</summary>
internal sealed class SpdyStream
{
    private readonly SpdyConnection _connection;
    private readonly Lock _lock = new();
    private bool _inputEnded;
    private bool _outputEnded;
    private bool _reset;

    public SpdyStream(SpdyConnection connection, uint id, SpdyStreamHeaders headers, ByteBudget budget)
    {
        _connection = connection;
        Id = id;
        Headers = headers;
        Input = new InputStream(budget);
    }

    public uint Id { get; }

    public SpdyStreamHeaders Headers { get; }

    public InputStream Input { get; }

    /// <summary>Whether the peer has ended its direction; data after that is an error of the peer's.</summary>
    public bool IsInputEnded
    {
        get
        {
            lock (_lock)
            {
                return _inputEnded;
            }
        }
    }

    /// <exception cref="IOException">The peer has reset the stream, or the connection is lost.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ThrowIfEnded();
        }

        return _connection.WriteAsync(this, data, cancellationToken);
    }

    /// <summary>Tells the peer that nothing more comes. Does nothing on a stream that has ended already.</summary>
    public async ValueTask FinishAsync()
    {
        bool closed;
        lock (_lock)
        {
            if (_outputEnded)
            {
                return;
            }

            _outputEnded = true;
            closed = _inputEnded;
        }

        await _connection.FinishAsync(this);
        if (closed)
        {
            _connection.Remove(this);
        }
    }

    /// <summary>Ends both directions: tells the peer with a reset if crid's was still open.</summary>
    public void Close()
    {
        bool open;
        lock (_lock)
        {
            open = !_outputEnded;
            _outputEnded = true;
            _inputEnded = true;
            _reset |= open;
        }

        Input.Dispose();
        if (open)
        {
            _connection.PostReset(Id, SpdyStatus.Cancel);
        }

        _connection.Remove(this);
    }

    /// <summary>The peer has ended its direction.</summary>
    public void EndInput()
    {
        bool closed;
        lock (_lock)
        {
            _inputEnded = true;
            closed = _outputEnded;
        }

        Input.Complete();
        if (closed)
        {
            _connection.Remove(this);
        }
    }

    /// <summary>The peer has reset the stream, or the connection has ended.</summary>
    public void Abort(IOException reason)
    {
        lock (_lock)
        {
            _inputEnded = true;
            _outputEnded = true;
            _reset = true;
        }

        Input.Complete(reason);
        _connection.Remove(this);
    }

    /// <summary>Checked again before every frame of a long write.</summary>
    public void ThrowIfReset()
    {
        lock (_lock)
        {
            if (_reset)
            {
                throw new IOException("the stream was reset");
            }
        }
    }

    private void ThrowIfEnded()
    {
        if (_reset)
        {
            throw new IOException("the stream was reset");
        }

        if (_outputEnded)
        {
            throw new InvalidOperationException("the stream is finished");
        }
    }
}
