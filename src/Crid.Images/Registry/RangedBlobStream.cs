using System.Net;
using Crid.Core;

namespace Crid.Images;

/// <summary>
/// A large blob that is fetched in several ranges at once and read in order. Distant registries, and those that limit each connection, deliver it
/// faster. Whatever a server does otherwise than it should with ranges, the rest comes as one stream: nothing depends on them.
/// </summary>
internal sealed class RangedBlobStream : ReadOnlyAsyncStream
{
    /// <summary>Large enough that asking for a range costs little beside receiving it.</summary>
    public const int RangeBytes = 4 << 20;

    private readonly Func<long, long, CancellationToken, Task<HttpResponseMessage>> _open;
    private readonly long _size;
    private readonly RangeLimits _limits;
    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly Queue<Task<byte[]>> _ranges = new();
    private readonly Stack<byte[]> _buffers = new();
    private readonly CancellationTokenSource _stop = new();
    private long _position;
    private long _asked;
    private byte[]? _current;
    private Stream? _rest;
    private bool _holdsPlace;

    /// <param name="open">Opens the content from an offset, as many bytes as the second number says; or to its end, for zero.</param>
    /// <param name="size">Bytes that the descriptor promises.</param>
    /// <param name="limits">How many ranges at once, and for how many blobs.</param>
    /// <param name="options">How long to wait, and how often.</param>
    /// <param name="time">The clock of the waits.</param>
    public RangedBlobStream(
        Func<long, long, CancellationToken, Task<HttpResponseMessage>> open, long size, RangeLimits limits, RegistryOptions options, TimeProvider time)
    {
        _open = open;
        _size = size;
        _limits = limits;
        _options = options;
        _time = time;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_asked == 0 && _rest is null)
        {
            await BeginAsync(cancellationToken);
        }

        if (_rest is null && _position < _size && !await EnsureCurrentAsync(cancellationToken))
        {
            await StopRangesAsync();
            _rest = OpenRest(null);
        }

        if (_rest is not null)
        {
            return await _rest.ReadAsync(buffer, cancellationToken);
        }

        return ReadCurrent(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        _stop.Cancel();
        if (_holdsPlace)
        {
            // What is still under way ends by itself, and takes its buffers with it.
            _holdsPlace = false;
            _ = LeaveAsync();
        }

        _rest?.Dispose();
        base.Dispose(disposing);
    }

    // The first range tells whether the server knows ranges; one that does not has sent the whole, which is then what is read.
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _holdsPlace = _limits.TryEnter();
        if (!_holdsPlace)
        {
            _rest = OpenRest(null);
            return;
        }

        HttpResponseMessage response;
        try
        {
            response = await _open(0, RangeBytes, cancellationToken);
        }
        catch (CridException exception) when (exception.Kind is not ErrorKind.Unavailable)
        {
            _rest = OpenRest(null);
            return;
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            Enqueue(response);
        }
        else
        {
            _rest = OpenRest(response);
        }
    }

    // False where the ranges have failed.
    private async Task<bool> EnsureCurrentAsync(CancellationToken cancellationToken)
    {
        if (_current is not null)
        {
            return true;
        }

        while (_ranges.Count < _limits.RangesAtOnce && _asked < _size)
        {
            Enqueue(response: null);
        }

        try
        {
            _current = await _ranges.Peek().WaitAsync(cancellationToken);
            _ = _ranges.Dequeue();
            return true;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or CridException)
        {
            return false;
        }
    }

    private int ReadCurrent(Span<byte> target)
    {
        if (_position >= _size)
        {
            return 0;
        }

        int at = (int)(_position % RangeBytes);
        ReadOnlySpan<byte> rest = _current.AsSpan(at, LengthOfRange(_position - at) - at);
        int count = Math.Min(rest.Length, target.Length);
        rest[..count].CopyTo(target);
        _position += count;
        if (count == rest.Length)
        {
            _buffers.Push(_current!);
            _current = null;
        }

        return count;
    }

    private int LengthOfRange(long from) => (int)Math.Min(RangeBytes, _size - from);

    private void Enqueue(HttpResponseMessage? response)
    {
        long from = _asked;
        byte[] buffer = _buffers.TryPop(out byte[]? used) ? used : GC.AllocateUninitializedArray<byte>(RangeBytes);
        _asked += LengthOfRange(from);
        _ranges.Enqueue(ReceiveAsync(response, from, buffer));
    }

    private async Task<byte[]> ReceiveAsync(HttpResponseMessage? first, long from, byte[] buffer)
    {
        int length = LengthOfRange(from);
        using HttpResponseMessage response = first ?? await _open(from, length, _stop.Token);
        System.Net.Http.Headers.ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (response.StatusCode != HttpStatusCode.PartialContent || range?.From != from || range.To != from + length - 1 || (range.Length ?? _size) != _size)
        {
            throw new IOException("the registry sent another range than it was asked for");
        }

        using Stream body = await response.Content.ReadAsStreamAsync(_stop.Token);
        TransferPace pace = new(_options.StallTimeout, _time);
        for (int done = 0; done < length;)
        {
            int count = await pace.ReadAsync(body, buffer.AsMemory(done, length - done), _stop.Token);
            done += count > 0 ? count : throw new IOException("the connection ended within a range");
        }

        return buffer;
    }

    private BlobStream OpenRest(HttpResponseMessage? response)
    {
        return new BlobStream(OpenAsync, _size, _options, _time, _position);

        Task<HttpResponseMessage> OpenAsync(long offset, CancellationToken cancellationToken) =>
            Interlocked.Exchange(ref response, null) is { } received ? Task.FromResult(received) : _open(offset, 0, cancellationToken);
    }

    private async Task StopRangesAsync()
    {
        await _stop.CancelAsync();
        await LeaveAsync();
        _holdsPlace = false;
    }

    private async Task LeaveAsync()
    {
        while (_ranges.TryDequeue(out Task<byte[]>? range))
        {
            await ((Task)range).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _current = null;
        _buffers.Clear();
        _limits.Leave();
    }
}
