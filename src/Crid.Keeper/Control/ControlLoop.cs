using System.Collections.Concurrent;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// The control thread's loop: ready descriptors, work posted by other threads, and one tick for whoever has a deadline. Whatever runs on
/// it must not wait for a disk. A part that fails, as where descriptors run out, is logged and does not end the rest.
/// </summary>
internal sealed class ControlLoop : IDisposable
{
    private const ulong WakeUpToken = 0;

    private readonly Epoll _epoll = new();
    private readonly WakeUp _wakeUp = new();
    private readonly Dictionary<ulong, Action<Readiness>> _handlers = [];
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly List<ITimed> _timed = [];
    private ulong _lastToken;
    private readonly ILogger _logger;
    private volatile bool _stopping;

    internal ControlLoop(ILogger logger)
    {
        _logger = logger;
        _epoll.Add(_wakeUp.Handle, WakeUpToken, Readiness.Readable);
    }

    /// <summary>Calls the handler whenever the descriptor is ready; returns the token to end that with.</summary>
    internal ulong Watch(SafeFileHandle file, Readiness readiness, Action<Readiness> handler)
    {
        ulong token = ++_lastToken;
        _epoll.Add(file, token, readiness);
        _handlers[token] = handler;
        return token;
    }

    internal void Change(SafeFileHandle file, ulong token, Readiness readiness) => _epoll.Change(file, token, readiness);

    internal void Unwatch(SafeFileHandle file, ulong token)
    {
        _handlers.Remove(token);
        _epoll.Remove(file);
    }

    internal void AddTimed(ITimed timed) => _timed.Add(timed);

    /// <summary>Runs something on the control thread soon; from any thread.</summary>
    internal void Post(Action work)
    {
        _posted.Enqueue(work);
        _wakeUp.Signal();
    }

    /// <summary>Makes <see cref="Run"/> return; from any thread.</summary>
    internal void Stop()
    {
        _stopping = true;
        _wakeUp.Signal();
    }

    internal void Run()
    {
        Span<ReadyEvent> events = stackalloc ReadyEvent[64];
        while (!_stopping)
        {
            int count = _epoll.Wait(events, RunTimed());
            foreach (ReadyEvent ready in events[..count])
            {
                if (ready.Token == WakeUpToken)
                {
                    _wakeUp.Reset();
                    RunPosted();
                }
                else if (_handlers.TryGetValue(ready.Token, out Action<Readiness>? handler))
                {
                    Guard(() => handler(ready.Readiness));
                }
            }
        }
    }

    /// <summary>Does what other threads have posted until now.</summary>
    internal void RunPosted()
    {
        while (_posted.TryDequeue(out Action? work))
        {
            Guard(work);
        }
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wakeUp.Dispose();
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            KeeperLog.HandlerFailed(_logger, e);
        }
    }

    /// <summary>Lets everybody see to their deadlines; returns the milliseconds until the next one, -1 for none.</summary>
    private int RunTimed()
    {
        long now = Environment.TickCount64;
        long next = long.MaxValue;
        foreach (ITimed timed in _timed)
        {
            Guard(() => next = Math.Min(next, timed.RunDue(now)));
        }

        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - now, 0, int.MaxValue);
    }
}
