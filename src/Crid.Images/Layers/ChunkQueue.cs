using System.Collections.Concurrent;

namespace Crid.Images;

/// <summary>The bounded queue between two stages of a pipe: one producer, synchronous or not, and one consumer on a thread of its own.</summary>
internal sealed class ChunkQueue : IDisposable
{
    private readonly ConcurrentQueue<Chunk> _chunks = new();
    private readonly SemaphoreSlim _free;
    private readonly SemaphoreSlim _filled = new(0);
    private volatile bool _complete;
    private Exception? _failure;

    public ChunkQueue(int capacity) => _free = new SemaphoreSlim(capacity);

    public async ValueTask AddAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        Enqueue(chunk);
    }

    public void Add(Chunk chunk, CancellationToken cancellationToken)
    {
        _free.Wait(cancellationToken);
        Enqueue(chunk);
    }

    /// <summary>No more chunks come; the consumer gets the failure, if any, after the last of them.</summary>
    public void Complete(Exception? failure = null)
    {
        _failure = failure;
        _complete = true;
        _filled.Release();
    }

    /// <summary>Waits for the next chunk; false at the end.</summary>
    public bool TryTake(out Chunk chunk, CancellationToken cancellationToken)
    {
        _filled.Wait(cancellationToken);
        if (_chunks.TryDequeue(out chunk))
        {
            _free.Release();
            return true;
        }

        // The end stays readable for whoever asks again.
        _filled.Release();
        return _complete && _failure is null ? false : throw new StageFailedException(_failure);
    }

    public void Dispose()
    {
        while (_chunks.TryDequeue(out Chunk chunk))
        {
            chunk.Return();
        }

        _free.Dispose();
        _filled.Dispose();
    }

    private void Enqueue(Chunk chunk)
    {
        _chunks.Enqueue(chunk);
        _filled.Release();
    }
}
