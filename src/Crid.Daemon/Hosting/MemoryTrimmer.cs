namespace Crid.Daemon;

/// <summary>
/// Gives memory back to the system when a burst of work is over. The collector sizes its budget by the processor's cache, which on large
/// machines lets the garbage of hundreds of pods lie around in a process that needs a few megabytes.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private const long WorthwhileBytes = 2 << 20;
    private const long QuietBytes = 4 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ITimer _timer;
    private long _lastTick;
    private long _lastTrim;

    /// <summary>Trims at the first tick, and from then on after every burst.</summary>
    public MemoryTrimmer(TimeProvider time) => _timer = time.CreateTimer(static self => ((MemoryTrimmer)self!).Tick(), this, Interval, Interval);

    /// <summary>Whether the collector should run: enough was allocated since it ran for us, and the burst is over.</summary>
    internal static bool IsDue(long allocated, long atLastTrim, long atLastTick) =>
        allocated - atLastTrim > WorthwhileBytes && allocated - atLastTick < QuietBytes;

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (IsDue(allocated, _lastTrim, _lastTick))
        {
            // A few milliseconds for the small heap of this process, at most every five seconds.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _lastTrim = allocated;
        }

        _lastTick = allocated;
    }
}
