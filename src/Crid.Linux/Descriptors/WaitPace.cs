using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>
/// Notices when the two ends of a pipe take turns with little to carry each time: waiting for readiness then costs more than the data. A short
/// pause instead lets the other end fill or empty the pipe.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct WaitPace
{
    private const int PauseMilliseconds = 1;

    /// <summary>Waits in a row, each soon after the one before, that are no coincidence.</summary>
    private const int ManyWaits = 8;

    private static readonly long Soon = Stopwatch.Frequency / 1000;

    private long _last;
    private int _streak;

    /// <summary>Whether the wait that is due should be a <see cref="PauseAsync"/>.</summary>
    public bool IsPauseDue()
    {
        long now = Stopwatch.GetTimestamp();
        _streak = now - _last < Soon ? _streak + 1 : 0;
        _last = now;
        return _streak >= ManyWaits;
    }

    public static Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(PauseMilliseconds, cancellationToken);

    /// <summary>The pause is over: it does not count as time in which nothing was to do.</summary>
    public void Resume() => _last = Stopwatch.GetTimestamp();
}
