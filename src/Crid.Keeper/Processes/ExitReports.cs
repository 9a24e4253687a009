using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>Holds an exit back until the output before it is logged, though not for longer than a stalled disk may be waited for.</summary>
internal sealed class ExitReports : ITimed
{
    private const int PatienceMilliseconds = 2000;

    private readonly Dictionary<KeptEntry, long> _deadlines = [];
    private readonly ControlLoop _loop;
    private readonly LogWorkers _workers;
    private readonly ILogger _logger;
    private readonly Action<KeptEntry> _report;

    internal ExitReports(ControlLoop loop, LogWorkers workers, ILogger logger, Action<KeptEntry> report)
    {
        _loop = loop;
        _workers = workers;
        _logger = logger;
        _report = report;
        loop.AddTimed(this);
    }

    internal bool IsPending(KeptEntry entry) => _deadlines.ContainsKey(entry);

    internal void Add(KeptEntry entry)
    {
        if (entry.Io is not ContainerIo io)
        {
            _report(entry);
            return;
        }

        _deadlines.Add(entry, Environment.TickCount64 + PatienceMilliseconds);
        _workers.Enqueue(buffers =>
        {
            io.Drain(buffers);
            _loop.Post(() => OnDrained(entry));
        });
    }

    public long RunDue(long now)
    {
        long next = long.MaxValue;
        List<KeptEntry>? late = null;
        foreach ((KeptEntry entry, long deadline) in _deadlines)
        {
            if (now >= deadline)
            {
                (late ??= []).Add(entry);
            }
            else
            {
                next = Math.Min(next, deadline);
            }
        }

        foreach (KeptEntry entry in late ?? [])
        {
            KeeperLog.DrainTimedOut(_logger, entry.Id);
            OnDrained(entry);
        }

        return next;
    }

    private void OnDrained(KeptEntry entry)
    {
        if (_deadlines.Remove(entry))
        {
            _report(entry);
        }
    }
}
