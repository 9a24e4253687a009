namespace Crid.Images;

/// <summary>
/// Finished layers that no image has had yet, as an interrupted pull leaves them: for a while they are kept for its retry. A timer runs only while
/// there are some that nobody holds.
/// </summary>
internal sealed class WaitingLayers : IDisposable
{
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, DateTimeOffset> _since = [];

    /// <param name="grace">How long a layer is kept after it was finished.</param>
    /// <param name="time">The clock.</param>
    /// <param name="expired">Called when a layer that <see cref="Watch"/> was told of is kept no longer.</param>
    public WaitingLayers(TimeSpan grace, TimeProvider time, Action expired)
    {
        _grace = grace;
        _time = time;
        _timer = time.CreateTimer(_ => expired(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds a layer that was finished at a time. A clock that was set back since must not keep it for longer.</summary>
    public void Add(long number, DateTimeOffset since)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            _since[number] = since < now ? since : now;
        }
    }

    /// <summary>Forgets layers: an image has them now, or they are gone.</summary>
    public void Remove(IEnumerable<Layer> layers)
    {
        lock (_lock)
        {
            foreach (Layer layer in layers)
            {
                _since.Remove(layer.Number);
            }
        }
    }

    /// <summary>True while a layer is kept although nobody holds it.</summary>
    public bool Keeps(Layer layer) => GetRest(layer.Number) > TimeSpan.Zero;

    /// <summary>Sets the timer for the first of the layers that nobody holds.</summary>
    public void Watch(IReadOnlyCollection<Layer> layers)
    {
        if (layers.Count > 0)
        {
            TimeSpan rest = layers.Min(layer => GetRest(layer.Number));
            WakeAfter(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }
    }

    /// <summary>Sets the timer.</summary>
    public void WakeAfter(TimeSpan pause) => _timer.Change(pause, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private TimeSpan GetRest(long number)
    {
        lock (_lock)
        {
            return _since.TryGetValue(number, out DateTimeOffset since) ? since + _grace - _time.GetUtcNow() : TimeSpan.Zero;
        }
    }
}
