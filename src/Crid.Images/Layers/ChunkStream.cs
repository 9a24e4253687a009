namespace Crid.Images;

/// <summary>The consumer's end of a <see cref="ChunkQueue"/> as a stream to read from.</summary>
internal sealed class ChunkStream(ChunkQueue queue, CancellationToken cancellationToken) : Stream
{
    private Chunk _chunk;
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (!Fill())
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = _chunk.Content[_position..];
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>The first bytes, as far as the first chunk has them, without consuming them.</summary>
    public ReadOnlySpan<byte> Peek() => Fill() ? _chunk.Content[_position..] : [];

    /// <summary>Reads to the end, so that the stage before can finish.</summary>
    public void Drain()
    {
        while (Fill())
        {
            _position = _chunk.Length;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
