namespace Crid.Images;

/// <summary>Runs one operation per key, whoever asks for it: later callers join. It is cancelled when its last caller has left.</summary>
/// <param name="release">Called with the result once all callers have left.</param>
internal sealed class SharedOperations<TKey, TResult>(Action<TResult>? release = null)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>Starts or joins the operation of a key.</summary>
    /// <param name="key">What the operation is about.</param>
    /// <param name="start">Starts it; the token is cancelled when nobody waits any more.</param>
    /// <param name="accept">Takes the result while it is sure not to be released.</param>
    /// <param name="cancellationToken">Lets this caller leave.</param>
    public async Task<TOut> RunAsync<TOut>(TKey key, Func<CancellationToken, Task<TResult>> start, Func<TResult, TOut> accept, CancellationToken cancellationToken)
    {
        Entry entry = Enter(key, start);
        try
        {
            return accept(await entry.Task.WaitAsync(cancellationToken));
        }
        finally
        {
            if (Leave(key, entry))
            {
                // Whoever leaves last sees the operation's undoing through, so that a failed call has left nothing.
                await ((Task)entry.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ReleaseOnce(entry);
            }
        }
    }

    private Entry Enter(TKey key, Func<CancellationToken, Task<TResult>> start)
    {
        lock (_entries)
        {
            // One that has failed and is about to be forgotten is not joined: who begins again because of its failure would only get it again.
            if (!_entries.TryGetValue(key, out Entry? entry) || entry.Task is { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                entry = new Entry();
                _entries[key] = entry;
                CancellationToken token = entry.Cancellation.Token;
                entry.Task = Task.Run(() => start(token), CancellationToken.None);
                _ = CompleteAsync(key, entry);
            }

            entry.Users++;
            return entry;
        }
    }

    // True where nobody waits for the operation any more.
    private bool Leave(TKey key, Entry entry)
    {
        bool last;
        lock (_entries)
        {
            last = --entry.Users == 0;
            if (last)
            {
                Forget(key, entry);
            }
        }

        if (last && !entry.Task.IsCompleted)
        {
            entry.Cancellation.Cancel();
        }

        return last;
    }

    private async Task CompleteAsync(TKey key, Entry entry)
    {
        await ((Task)entry.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_entries)
        {
            Forget(key, entry);
        }

        ReleaseOnce(entry);
    }

    private void Forget(TKey key, Entry entry)
    {
        if (_entries.TryGetValue(key, out Entry? current) && ReferenceEquals(current, entry))
        {
            _entries.Remove(key);
        }
    }

    private void ReleaseOnce(Entry entry)
    {
        lock (_entries)
        {
            if (entry.Users > 0 || !entry.Task.IsCompleted || entry.Released)
            {
                return;
            }

            entry.Released = true;
        }

        if (entry.Task.IsCompletedSuccessfully)
        {
#pragma warning disable VSTHRD002 // It is complete.
            release?.Invoke(entry.Task.Result);
#pragma warning restore VSTHRD002
        }
    }

    private sealed class Entry
    {
        // Never disposed: the last caller may cancel while the operation ends, and a source without timer or handle owns nothing.
        public CancellationTokenSource Cancellation { get; } = new();

        public Task<TResult> Task { get; set; } = null!;

        public int Users { get; set; }

        public bool Released { get; set; }
    }
}
