namespace Crid.Images;

/// <summary>Directories that could not be removed. While there are any a timer tries again; otherwise nothing runs.</summary>
internal sealed class LateRemovals : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    private readonly Action<string> _remove;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private HashSet<string> _paths = new(StringComparer.Ordinal);

    /// <param name="remove">Removes a directory, and adds it here again where that fails.</param>
    /// <param name="time">The clock of the timer.</param>
    public LateRemovals(Action<string> remove, TimeProvider time)
    {
        _remove = remove;
        _timer = time.CreateTimer(static state => ((LateRemovals)state!).TryAgain(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(string path)
    {
        lock (_lock)
        {
            _paths.Add(path);
        }

        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void TryAgain()
    {
        HashSet<string> paths;
        lock (_lock)
        {
            paths = _paths;
            _paths = new HashSet<string>(StringComparer.Ordinal);
        }

        foreach (string path in paths)
        {
            _remove(path);
        }
    }
}
