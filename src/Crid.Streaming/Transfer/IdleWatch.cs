namespace Crid.Streaming;

/// <summary>Calls back once when nothing has happened for a time. Touching it costs one clock read and no timer.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private long _last;

    public IdleWatch(TimeProvider time, TimeSpan limit, Action expired)
    {
        _time = time;
        _limit = limit;
        _expired = expired;
        _last = time.GetTimestamp();
        _timer = time.CreateTimer(static watch => ((IdleWatch)watch!).Check(), this, limit, Timeout.InfiniteTimeSpan);
    }

    public void Touch() => Volatile.Write(ref _last, _time.GetTimestamp());

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        TimeSpan left = _limit - _time.GetElapsedTime(Volatile.Read(ref _last));
        if (left <= TimeSpan.Zero)
        {
            _expired();
        }
        else
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }
}
