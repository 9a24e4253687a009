namespace Crid.Streaming;

/// <summary>
/// Bounds the bytes that a connection has received and nobody has read yet, over all its streams. Whoever receives waits for room, which
/// makes the peer wait through TCP.
/// </summary>
internal sealed class ByteBudget(int limit)
{
    private readonly Lock _lock = new();
    private long _used;
    private TaskCompletionSource? _room;

    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _used;
            }
        }
    }

    public void Take(int count)
    {
        lock (_lock)
        {
            _used += count;
        }
    }

    public void Give(long count)
    {
        TaskCompletionSource? waiting = null;
        lock (_lock)
        {
            _used -= count;
            if (_used <= limit / 2)
            {
                waiting = _room;
                _room = null;
            }
        }

        waiting?.TrySetResult();
    }

    /// <summary>Completes at once below the limit, otherwise when half of it is free again.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_used < limit)
            {
                return ValueTask.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task.WaitAsync(cancellationToken));
        }
    }
}
