namespace Crid.Images;

/// <summary>
/// How blobs are fetched in ranges: one blob at a time, since the ranges of each are held in memory. A pull of several layers has several connections
/// anyway; what gains is the large layer that is left in the end.
/// </summary>
/// <param name="rangesAtOnce">Ranges under way; below two there are none.</param>
internal sealed class RangeLimits(int rangesAtOnce, long leastBytes)
{
    private int _isTaken;

    public int RangesAtOnce => rangesAtOnce;

    /// <summary>Whether a blob is large enough that ranges are worth while.</summary>
    public bool Suit(long bytes) => rangesAtOnce > 1 && bytes >= leastBytes;

    public bool TryEnter() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void Leave() => Volatile.Write(ref _isTaken, 0);
}
