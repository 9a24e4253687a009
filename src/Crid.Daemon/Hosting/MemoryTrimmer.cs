using Crid.Linux;

namespace Crid.Daemon;

/// <summary>
/// Gives memory back to the system while and after pods come and go. The collector by itself keeps what a burst of work needed, in a
/// process that needs a few megabytes and shares its node with the workload; and code that only a start or a burst has used stays resident.
/// </summary>
internal sealed class MemoryTrimmer : IDisposable
{
    private const long WorthwhileBytes = 2 << 20;
    private const long BurstBytes = 64 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private readonly ITimer _timer;
    private long _lastTrim;
    private long _lastRelease = -BurstBytes - 1;

    public MemoryTrimmer(TimeProvider time) => _timer = time.CreateTimer(static self => ((MemoryTrimmer)self!).Tick(), this, Interval, Interval);

    /// <summary>Whether the collector should run: enough was allocated since it ran for us.</summary>
    internal static bool IsDue(long allocated, long atLastTrim) => allocated - atLastTrim > WorthwhileBytes;

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (IsDue(allocated, _lastTrim))
        {
            // A few milliseconds for the small heap of this process, at most every four seconds.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _lastTrim = allocated;
        }

        if (allocated - _lastRelease > BurstBytes)
        {
            Release();
            _lastRelease = allocated;
        }
    }

    private static void Release()
    {
        try
        {
            ResidentCode.Release();
        }
        catch (Exception exception) when (exception is LinuxException or IOException)
        {
            // Without descriptors, say; after the next burst there may be some.
        }
    }
}
