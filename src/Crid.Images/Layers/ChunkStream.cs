namespace Crid.Images;

/// <summary>The consumer's end of a <see cref="ChunkQueue"/> as a stream to read from.</summary>
internal sealed class ChunkStream(ChunkQueue queue, CancellationToken cancellationToken) : ReadOnlyStream
{
    private Chunk _chunk;
    private int _position;

    /// <summary>Ends whatever waits on behalf of this stream.</summary>
    public CancellationToken Cancellation => cancellationToken;

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = Peek();
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    /// <summary>The next bytes, as far as the current chunk has them, without consuming them; empty at the end only.</summary>
    public ReadOnlySpan<byte> Peek() => Fill() ? _chunk.Content[_position..] : [];

    /// <summary>Consumes bytes that <see cref="Peek"/> has shown.</summary>
    public void Advance(int count) => _position += count;

    /// <summary>The next byte; at the end there is a failure.</summary>
    /// <exception cref="EndOfStreamException">There is none.</exception>
    public byte Take()
    {
        ReadOnlySpan<byte> rest = Peek();
        if (rest.IsEmpty)
        {
            throw new EndOfStreamException("it ends in the middle");
        }

        Advance(1);
        return rest[0];
    }

    /// <summary>Passes over bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public void Skip(long count)
    {
        while (count > 0)
        {
            int length = (int)Math.Min(count, Peek().Length);
            if (length == 0)
            {
                throw new EndOfStreamException("it ends in the middle");
            }

            Advance(length);
            count -= length;
        }
    }

    /// <summary>Reads to the end, so that the stage before can finish.</summary>
    public void Drain()
    {
        while (Fill())
        {
            _position = _chunk.Length;
        }
    }

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        while (_chunk.Buffer is null || _position == _chunk.Length)
        {
            Release();
            if (!queue.TryTake(out _chunk, cancellationToken))
            {
                _chunk = default;
                return false;
            }
        }

        return true;
    }

    private void Release()
    {
        if (_chunk.Buffer is not null)
        {
            _chunk.Return();
        }

        _chunk = default;
        _position = 0;
    }
}
