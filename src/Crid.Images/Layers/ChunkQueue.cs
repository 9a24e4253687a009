namespace Crid.Images;

/// <summary>
/// The bounded queue between two stages of a pipe: one producer, synchronous or not, and one consumer on a thread of its own. Who waits sleeps at once:
/// a stage is mostly far slower than the other, and spinning for it would take the processor from it.
/// </summary>
internal sealed class ChunkQueue(int capacity) : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Chunk> _chunks = new();
    private TaskCompletionSource? _room;
    private bool _isComplete;
    private Exception? _failure;

    public async ValueTask AddAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        while (!TryAdd(chunk, out Task room))
        {
            await room.WaitAsync(cancellationToken);
        }
    }

    public void Add(Chunk chunk, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (_chunks.Count == capacity)
            {
                Sleep(cancellationToken);
            }

            Enqueue(chunk);
        }
    }

    /// <summary>No more chunks come; the consumer gets the failure, if any, after the last of them.</summary>
    public void Complete(Exception? failure = null)
    {
        lock (_gate)
        {
            _failure = failure;
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for the next chunk; false at the end, however often it is asked for.</summary>
    public bool TryTake(out Chunk chunk, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (_chunks.Count == 0 && !_isComplete)
            {
                Sleep(cancellationToken);
            }

            if (_chunks.TryDequeue(out chunk))
            {
                TellOfRoom();
                return true;
            }

            return _failure is null ? false : throw new StageFailedException(_failure);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_chunks.TryDequeue(out Chunk chunk))
            {
                chunk.Return();
            }
        }
    }

    // Where there is no room, the task is what to wait for.
    private bool TryAdd(Chunk chunk, out Task room)
    {
        lock (_gate)
        {
            if (_chunks.Count < capacity)
            {
                Enqueue(chunk);
                room = Task.CompletedTask;
                return true;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
            return false;
        }
    }

    private void Enqueue(Chunk chunk)
    {
        _chunks.Enqueue(chunk);
        if (_chunks.Count == 1)
        {
            Monitor.PulseAll(_gate);
        }
    }

    // A producer that found the queue full is not woken for a single place, or the two would take turns chunk by chunk.
    private void TellOfRoom()
    {
        if (_chunks.Count != capacity / 2)
        {
            return;
        }

        Monitor.PulseAll(_gate);
        _room?.SetResult();
        _room = null;
    }

    // The registration is not waited for: its callback wants the lock that is held here.
    private void Sleep(CancellationToken cancellationToken)
    {
        CancellationTokenRegistration waking = cancellationToken.UnsafeRegister(static queue => ((ChunkQueue)queue!).WakeAll(), this);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Monitor.Wait(_gate);
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            waking.Unregister();
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
