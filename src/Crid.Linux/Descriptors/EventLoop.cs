using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>One epoll thread that completes tasks when descriptors become ready, so that no pool thread blocks on a pipe or a process.</summary>
public sealed class EventLoop : IDisposable
{
    private const ulong WakeUpToken = 0;

    private readonly Epoll _epoll = new();
    private readonly WakeUp _wakeUp = new();
    private readonly ConcurrentDictionary<ulong, Waiter> _waiters = new();
    private readonly Thread _thread;
    private ulong _lastToken;
    private volatile bool _stopping;

    public EventLoop()
    {
        _epoll.Add(_wakeUp.Handle, WakeUpToken, Readiness.Readable);
        _thread = new Thread(Run, maxStackSize: 256 << 10) { IsBackground = true, Name = "event loop" };
        _thread.Start();
    }

    /// <summary>
    /// Completes when the descriptor is ready or at its end. At most one wait at a time for one descriptor; it stays open until the wait ends.
    /// </summary>
    public async Task WaitAsync(SafeFileHandle file, Readiness readiness, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        cancellationToken.ThrowIfCancellationRequested();
        bool held = false;
        file.DangerousAddRef(ref held);
        ulong token = Interlocked.Increment(ref _lastToken);
        Waiter waiter = new();
        _waiters[token] = waiter;
        try
        {
            _epoll.Add(file, token, readiness, once: true);
            try
            {
                await using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                    static (state, canceled) => ((Waiter)state!).TrySetCanceled(canceled), waiter);
                await waiter.Task;
            }
            finally
            {
                _epoll.Remove(file);
            }
        }
        finally
        {
            _waiters.TryRemove(token, out _);
            file.DangerousRelease();
        }
    }

    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _wakeUp.Signal();
        _thread.Join();
        foreach (Waiter waiter in _waiters.Values)
        {
            waiter.TrySetException(new ObjectDisposedException(nameof(EventLoop)));
        }
    }

    private void Run()
    {
        Span<ReadyEvent> events = stackalloc ReadyEvent[64];
        while (!_stopping)
        {
            int count = _epoll.Wait(events, timeoutMilliseconds: -1);
            foreach (ReadyEvent ready in events[..count])
            {
                if (_waiters.TryGetValue(ready.Token, out Waiter? waiter))
                {
                    waiter.TrySetResult();
                }
            }
        }
    }

    private sealed class Waiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
}
