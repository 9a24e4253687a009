namespace Crid.Images;

/// <summary>
/// The places of layers under way, as many as the limit over all pulls. A pull that holds none gets one beyond the limit, so that a slow registry holds
/// up its own images alone: there are never more places than the limit and one for each pull.
/// </summary>
internal sealed class LayerSlots(int limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PullTracker, int> _held = [];
    private readonly List<(PullTracker Pull, TaskCompletionSource Turn)> _waiters = [];
    private int _taken;

    /// <summary>Waits for a place; first come, first served among those that the limit keeps waiting.</summary>
    public async Task EnterAsync(PullTracker pull, CancellationToken cancellationToken)
    {
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (TryTake(pull))
            {
                return;
            }

            _waiters.Add((pull, turn));
        }

        try
        {
            await turn.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(pull, turn);
            throw;
        }
    }

    public void Leave(PullTracker pull)
    {
        lock (_lock)
        {
            _taken--;
            int rest = _held[pull] - 1;
            if (rest == 0)
            {
                _held.Remove(pull);
            }
            else
            {
                _held[pull] = rest;
            }

            _waiters.RemoveAll(waiter => TryTake(waiter.Pull) && waiter.Turn.TrySetResult());
        }
    }

    // A turn that came together with the cancellation goes to the next.
    private void GiveUp(PullTracker pull, TaskCompletionSource turn)
    {
        lock (_lock)
        {
            if (_waiters.RemoveAll(waiter => waiter.Turn == turn) > 0)
            {
                return;
            }
        }

        Leave(pull);
    }

    private bool TryTake(PullTracker pull)
    {
        int held = _held.GetValueOrDefault(pull);
        if (_taken >= limit && held > 0)
        {
            return false;
        }

        _taken++;
        _held[pull] = held + 1;
        return true;
    }
}
