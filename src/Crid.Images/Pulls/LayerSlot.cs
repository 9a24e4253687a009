namespace Crid.Images;

/// <summary>One of the places of layers under way. A layer that waits for those below it gives it up, and takes one of the few places for that.</summary>
internal sealed class LayerSlot(SemaphoreSlim slots, SemaphoreSlim waiting)
{
    private readonly Lock _lock = new();
    private SemaphoreSlim? _held = slots;

    /// <exception cref="ParentsNotReadyException">As many layers wait as may.</exception>
    public void LeaveToWait()
    {
        if (!waiting.Wait(0))
        {
            throw new ParentsNotReadyException();
        }

        lock (_lock)
        {
            _held?.Release();
            _held = waiting;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _held?.Release();
            _held = null;
        }
    }
}
