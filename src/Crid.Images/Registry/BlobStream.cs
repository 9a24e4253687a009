using System.Net;
using Crid.Core;

namespace Crid.Images;

/// <summary>The content of a blob as it comes from a registry. A connection that breaks or stalls is taken up again where it ended.</summary>
internal sealed class BlobStream : Stream
{
    private const int AttemptsWithoutProgress = 3;

    private readonly Func<long, CancellationToken, Task<HttpResponseMessage>> _open;
    private readonly long _size;
    private readonly TimeSpan _stallTimeout;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _position;
    private int _failures;

    /// <param name="open">Opens the content from an offset.</param>
    /// <param name="size">Bytes that the descriptor promises.</param>
    /// <param name="stallTimeout">How long a connection may bring nothing.</param>
    public BlobStream(Func<long, CancellationToken, Task<HttpResponseMessage>> open, long size, TimeSpan stallTimeout)
    {
        _open = open;
        _size = size;
        _stallTimeout = stallTimeout;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_position < _size)
        {
            try
            {
                Stream body = _body ??= await OpenAsync(cancellationToken);
                int length = await ReadPieceAsync(body, buffer[..(int)Math.Min(buffer.Length, _size - _position)], cancellationToken);
                if (length > 0)
                {
                    _position += length;
                    _failures = 0;
                    return length;
                }

                throw new IOException($"the connection ended after {_position} of {_size} bytes");
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                CloseResponse();
                if (++_failures >= AttemptsWithoutProgress)
                {
                    throw new CridException(ErrorKind.Unavailable, $"the download broke: {exception.Message}", exception);
                }
            }
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("this stream is read asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        CloseResponse();
        base.Dispose(disposing);
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        _response = await _open(_position, cancellationToken);
        Stream body = await _response.Content.ReadAsStreamAsync(cancellationToken);
        bool resumed = _response.StatusCode == HttpStatusCode.PartialContent;
        if (resumed && _response.Content.Headers.ContentRange?.From != _position)
        {
            throw new IOException("the registry resumed at another place than it was asked to");
        }

        // A server that does not know ranges begins again; what is known already is passed over.
        long skip = resumed ? 0 : _position;
        byte[] dropped = new byte[(int)Math.Min(skip, 64 << 10)];
        while (skip > 0)
        {
            int length = await ReadPieceAsync(body, dropped.AsMemory(0, (int)Math.Min(skip, dropped.Length)), cancellationToken);
            skip -= length > 0 ? length : throw new IOException("the connection ended before the place where it broke");
        }

        return body;
    }

    private async ValueTask<int> ReadPieceAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_stallTimeout);
        try
        {
            return await body.ReadAsync(buffer, stall.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing was received for {_stallTimeout.TotalSeconds} s", exception);
        }
    }

    private void CloseResponse()
    {
        _body?.Dispose();
        _response?.Dispose();
        _body = null;
        _response = null;
    }
}
