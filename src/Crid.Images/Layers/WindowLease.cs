namespace Crid.Images;

/// <summary>What one layer has of a <see cref="WindowBudget"/>.</summary>
internal sealed class WindowLease(WindowBudget budget) : IDisposable
{
    /// <summary>The window of a layer that waits for those below it is not counted, so that they find memory; so it must be small.</summary>
    private const long MostWhileWaiting = 8 << 20;

    private readonly Lock _lock = new();
    private long _bytes;
    private int _units;
    private bool _isYielded;

    /// <summary>Gives back what the layer has, and waits until it can have this much.</summary>
    /// <exception cref="ParentsNotReadyException">The layer waits for others, and this is too much to have meanwhile.</exception>
    public void Change(long bytes, CancellationToken cancellationToken)
    {
        GiveBack();
        int units = budget.Acquire(bytes, cancellationToken);
        lock (_lock)
        {
            _bytes = bytes;
            _units = units;
            if (_isYielded)
            {
                GiveUpForParents();
            }
        }
    }

    /// <summary>From now on the layer waits for others.</summary>
    /// <exception cref="ParentsNotReadyException">It has too much memory for that.</exception>
    public void Yield()
    {
        lock (_lock)
        {
            _isYielded = true;
            GiveUpForParents();
        }
    }

    public void Dispose() => GiveBack();

    private void GiveUpForParents()
    {
        if (_bytes > MostWhileWaiting)
        {
            throw new ParentsNotReadyException();
        }

        GiveBack();
    }

    private void GiveBack()
    {
        lock (_lock)
        {
            budget.Release(_units);
            _units = 0;
        }
    }
}
