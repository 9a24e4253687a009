namespace Crid.Pods;

/// <summary>The time that a container has left between its stop signal and SIGKILL; it can only become shorter.</summary>
internal sealed class GracePeriod : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private readonly TimeProvider _time;
    private readonly long _begin;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _over;
    private TimeSpan _length;

    public GracePeriod(TimeProvider time, TimeSpan length)
    {
        _time = time;
        _begin = time.GetTimestamp();
        _length = length < Longest ? length : Longest;
        _over = new CancellationTokenSource(_length, time);
    }

    public bool HasPassed => _over.IsCancellationRequested;

    /// <summary>Cancelled when the period has passed.</summary>
    public CancellationToken Passed => _over.Token;

    /// <summary>Ends the period after the given time from now unless it ends sooner anyway.</summary>
    public void Shorten(TimeSpan left)
    {
        lock (_lock)
        {
            TimeSpan length = _time.GetElapsedTime(_begin) + left;
            if (length >= _length)
            {
                return;
            }

            _length = length;
            if (left > TimeSpan.Zero)
            {
                _over.CancelAfter(left);
            }
            else
            {
                _over.Cancel();
            }
        }
    }

    /// <summary>Waits for the end of the period, or of <paramref name="ended"/> where that comes first.</summary>
    public async Task WaitAsync(Task ended) => await ended.WaitAsync(_over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose() => _over.Dispose();
}
