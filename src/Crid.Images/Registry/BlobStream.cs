using System.Net;
using Crid.Core;

namespace Crid.Images;

/// <summary>
/// The content of a blob as it comes from a registry. A connection that breaks, stalls or only trickles is taken up again where it ended, as
/// long as the download gets on at all.
/// </summary>
internal sealed class BlobStream : ReadOnlyAsyncStream
{
    private const int AttemptsWithoutProgress = 4;

    /// <summary>A break is forgiven once this much has come since; less is no progress, or a server could make a download last for ever.</summary>
    private const int ProgressBytes = 256 << 10;

    private readonly Func<long, CancellationToken, Task<HttpResponseMessage>> _open;
    private readonly long _size;
    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly TransferPace _pace;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _position;
    private long _brokeAt;
    private int _failures;

    /// <param name="open">Opens the content from an offset.</param>
    /// <param name="size">Bytes that the descriptor promises.</param>
    /// <param name="options">How long to wait, and how often.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <param name="start">Where to begin: what comes before is there already.</param>
    public BlobStream(Func<long, CancellationToken, Task<HttpResponseMessage>> open, long size, RegistryOptions options, TimeProvider time, long start = 0)
    {
        _open = open;
        _size = size;
        _options = options;
        _time = time;
        _position = start;
        _brokeAt = start;
        _pace = new TransferPace(options.StallTimeout, time);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_position < _size)
        {
            try
            {
                Stream body = _body ??= await OpenAsync(cancellationToken);
                int length = await _pace.ReadAsync(body, buffer[..(int)Math.Min(buffer.Length, _size - _position)], cancellationToken);
                if (length > 0)
                {
                    _position += length;
                    return length;
                }

                throw new IOException($"the connection ended after {_position} of {_size} bytes");
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                CloseResponse();
                await WaitAsync(exception, cancellationToken);
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        CloseResponse();
        base.Dispose(disposing);
    }

    private async Task WaitAsync(Exception exception, CancellationToken cancellationToken)
    {
        _failures = _position - _brokeAt >= ProgressBytes ? 1 : _failures + 1;
        _brokeAt = _position;
        if (_failures >= AttemptsWithoutProgress)
        {
            throw new CridException(ErrorKind.Unavailable, $"the download broke: {exception.Message}", exception) { Reason = RegistryHttp.Unavailable };
        }

        await Task.Delay(_options.RetryDelay * _failures, _time, cancellationToken);
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        _response = await _open(_position, cancellationToken);
        Stream body = await _response.Content.ReadAsStreamAsync(cancellationToken);
        bool resumed = _response.StatusCode == HttpStatusCode.PartialContent;
        CheckLength(_response, resumed);

        // A server that does not know ranges begins again; what is known already is passed over.
        long skip = resumed ? 0 : _position;
        byte[] dropped = new byte[(int)Math.Min(skip, 64 << 10)];
        while (skip > 0)
        {
            int length = await _pace.ReadAsync(body, dropped.AsMemory(0, (int)Math.Min(skip, dropped.Length)), cancellationToken);
            skip -= length > 0 ? length : throw new IOException("the connection ended before the place where it broke");
        }

        return body;
    }

    // Another length than the manifest says is no accident of the connection: it would be the same the next time.
    private void CheckLength(HttpResponseMessage response, bool resumed)
    {
        if (resumed && response.Content.Headers.ContentRange?.From != _position)
        {
            throw new IOException("the registry resumed at another place than it was asked to");
        }

        long? total = resumed ? response.Content.Headers.ContentRange?.Length : response.Content.Headers.ContentLength;
        if (total is { } length && length != _size && response.Content.Headers.ContentEncoding.Count == 0)
        {
            throw CridException.InvalidArgument($"the registry has {length} bytes, the manifest says {_size}");
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
