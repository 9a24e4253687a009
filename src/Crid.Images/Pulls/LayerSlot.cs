namespace Crid.Images;

/// <summary>The place of a layer under way. A layer that waits for those below it gives it up, and takes one of the few places for that.</summary>
internal sealed class LayerSlot(LayerSlots slots, PullTracker pull, SemaphoreSlim waiting)
{
    private readonly Lock _lock = new();
    private Action? _leave = () => slots.Leave(pull);

    /// <exception cref="ParentsNotReadyException">As many layers wait as may.</exception>
    public void LeaveToWait()
    {
        if (!waiting.Wait(0))
        {
            throw new ParentsNotReadyException();
        }

        lock (_lock)
        {
            _leave?.Invoke();
            _leave = () => waiting.Release();
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _leave?.Invoke();
            _leave = null;
        }
    }
}
