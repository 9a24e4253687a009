using System.Collections.Concurrent;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>
/// Threads that may wait for a disk: they pump output into log files and do jobs for the control thread. When all of them are held up, as
/// by file systems that hang, more are started, so that a stalled log stalls only its own container. They end when they have nothing to do.
/// </summary>
internal sealed class LogWorkers : ITimed, IDisposable
{
    private const ulong WakeUpToken = 0;
    private const int MaximumThreads = 512;
    private const int StallMilliseconds = 200;
    private const int ReadsPerTurn = 4;
    private const int ReadsPerDrain = 32;
    private const int DrainPatienceMilliseconds = 2000;
    private const int SurplusMilliseconds = 10_000;

    private readonly ControlLoop _loop;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly int _minimumThreads;
    private readonly Func<Spool> _makeSpool;
    private readonly Epoll _epoll = new();
    private readonly WakeUp _wakeUp = new();
    private readonly ConcurrentQueue<Action<LogBuffers>> _jobs = new();
    private readonly ConcurrentDictionary<ulong, Registration> _streams = new();
    private ulong _lastToken;
    private int _threads;
    private int _idle;
    private int _turns;
    private int? _turnsSeen;
    private bool _watching;
    private volatile bool _stopping;

    /// <param name="makeSpool">Called by each thread that pumps, once.</param>
    internal LogWorkers(ControlLoop loop, string name, int minimumThreads, Func<Spool> makeSpool, ILogger logger)
    {
        _loop = loop;
        _name = name;
        _minimumThreads = minimumThreads;
        _makeSpool = makeSpool;
        _logger = logger;
        _epoll.Add(_wakeUp.Handle, WakeUpToken, Readiness.Readable);
        loop.AddTimed(this);
        StartThreads(minimumThreads);
    }

    /// <summary>Runs something that may wait for a disk.</summary>
    internal void Enqueue(Action<LogBuffers> job)
    {
        _jobs.Enqueue(job);
        _wakeUp.Signal();
    }

    /// <summary>Pumps a stream whenever it has something, until it is at its end or removed by the token that is returned.</summary>
    internal ulong Add(LogStream stream, string id)
    {
        ulong token = Interlocked.Increment(ref _lastToken);
        _streams[token] = new Registration(stream, id);
        _epoll.Add(stream.Source, token, Readiness.Readable, once: true);
        return token;
    }

    /// <summary>Stops pumping a stream and closes it. It may have ended by itself already.</summary>
    internal void Remove(ulong token)
    {
        if (_streams.TryRemove(token, out Registration? registration))
        {
            lock (registration)
            {
                _epoll.Remove(registration.Stream.Source);
                registration.Stream.Close();
            }
        }
    }

    /// <summary>Pumps a stream as far as there is something now.</summary>
    internal void Drain(ulong token, LogBuffers buffers)
    {
        if (_streams.TryGetValue(token, out Registration? registration))
        {
            Pump(token, registration, buffers, drain: true);
        }
    }

    /// <summary>The stream under a token; null where it has ended.</summary>
    internal LogStream? Find(ulong token) => _streams.TryGetValue(token, out Registration? registration) ? registration.Stream : null;

    /// <summary>
    /// Lets every thread finish what it does and end; false where one does not in time, as when a disk holds it up, or there are jobs left.
    /// Afterwards nothing moves until <see cref="Resume"/>.
    /// </summary>
    internal bool TryPause(int patienceMilliseconds)
    {
        _stopping = true;
        _wakeUp.Signal();
        long end = Environment.TickCount64 + patienceMilliseconds;
        SpinWait.SpinUntil(() => Volatile.Read(ref _threads) == 0 || Environment.TickCount64 > end);
        return Volatile.Read(ref _threads) == 0 && _jobs.IsEmpty;
    }

    internal void Resume()
    {
        _wakeUp.Reset();
        _stopping = false;
        StartThreads(_minimumThreads);
        if (!_jobs.IsEmpty)
        {
            _wakeUp.Signal();
        }
    }

    /// <summary>
    /// Lets each thread finish the batch that it has begun, and logs incomplete lines as partial ones, which the next keeper continues.
    /// A thread that a disk holds up is left behind.
    /// </summary>
    public void Dispose()
    {
        const int PatienceMilliseconds = 2000;
        TryPause(PatienceMilliseconds);
        if (Volatile.Read(ref _threads) == 0)
        {
            using LogBuffers buffers = new(_makeSpool);
            foreach (Registration registration in _streams.Values)
            {
                registration.Stream.FlushRest(buffers);
            }

            _epoll.Dispose();
            _wakeUp.Dispose();
        }
    }

    public long RunDue(long now)
    {
        if (IsEnough && StopWatching())
        {
            _turnsSeen = null;
            return long.MaxValue;
        }

        int turns = Volatile.Read(ref _turns);
        if (turns == _turnsSeen)
        {
            // A file system that hangs holds up many in a row.
            StartThreads(Math.Min(MaximumThreads, 2 * Volatile.Read(ref _threads)));
        }

        _turnsSeen = turns;
        return now + StallMilliseconds;
    }

    private bool IsEnough => Volatile.Read(ref _idle) > 0 || Volatile.Read(ref _threads) >= MaximumThreads;

    /// <summary>False where the last idle thread got busy meanwhile, and saw that it was still watched.</summary>
    private bool StopWatching()
    {
        Interlocked.Exchange(ref _watching, value: false);
        return IsEnough || Interlocked.Exchange(ref _watching, value: true);
    }

    private void StartThreads(int count)
    {
        while (Volatile.Read(ref _threads) < count)
        {
            Interlocked.Increment(ref _threads);
            new Thread(Run, maxStackSize: 128 << 10) { IsBackground = true, Name = _name }.Start();
        }
    }

    private void Run()
    {
        bool isCounted;
        using (LogBuffers buffers = new(_makeSpool))
        {
            isCounted = Work(buffers);
        }

        if (isCounted)
        {
            Interlocked.Decrement(ref _threads);
        }
    }

    /// <summary>Returns to end the thread: false where it has counted itself out as one too many.</summary>
    private bool Work(LogBuffers buffers)
    {
        Span<ReadyEvent> one = stackalloc ReadyEvent[1];
        while (!_stopping)
        {
            Interlocked.Increment(ref _idle);
            int count = _epoll.Wait(one, Volatile.Read(ref _threads) > _minimumThreads ? SurplusMilliseconds : -1);
            BecomeBusy();
            if (count == 0 && TryRetire())
            {
                return false;
            }

            if (count > 0 && one[0].Token == WakeUpToken)
            {
                RunJob(buffers);
            }
            else if (count > 0 && _streams.TryGetValue(one[0].Token, out Registration? registration))
            {
                PumpTurn(one[0].Token, registration, buffers);
            }

            Interlocked.Increment(ref _turns);
        }

        return true;
    }

    private bool TryRetire()
    {
        int threads = Volatile.Read(ref _threads);
        return threads > _minimumThreads && Interlocked.CompareExchange(ref _threads, threads - 1, threads) == threads;
    }

    /// <summary>The last idle thread has the control thread look after a while whether any of them gets on.</summary>
    private void BecomeBusy()
    {
        if (Interlocked.Decrement(ref _idle) == 0 && !Interlocked.Exchange(ref _watching, value: true))
        {
            _loop.Post(static () => { });
        }
    }

    private void RunJob(LogBuffers buffers)
    {
        if (_stopping)
        {
            return;
        }

        _wakeUp.Reset();
        if (_jobs.TryDequeue(out Action<LogBuffers>? job))
        {
            if (!_jobs.IsEmpty)
            {
                _wakeUp.Signal();
            }

            job(buffers);
        }
    }

    private void PumpTurn(ulong token, Registration registration, LogBuffers buffers)
    {
        if (!Pump(token, registration, buffers, drain: false))
        {
            return;
        }

        lock (registration)
        {
            if (_streams.ContainsKey(token))
            {
                _epoll.Rearm(registration.Stream.Source, token, Readiness.Readable);
            }
        }
    }

    private bool Pump(ulong token, Registration registration, LogBuffers buffers, bool drain)
    {
        LogStream stream = registration.Stream;
        try
        {
            if (drain ? stream.Drain(buffers, ReadsPerDrain, DrainPatienceMilliseconds) : stream.Pump(buffers, ReadsPerTurn, untilEmpty: false))
            {
                return true;
            }
        }
        catch (LinuxException e)
        {
            KeeperLog.OutputFailed(_logger, e, registration.Id);
        }

        Remove(token);
        return false;
    }

    /// <summary>A stream under its token; locked while its source is taken from or given back to epoll.</summary>
    private sealed record Registration(LogStream Stream, string Id);
}
