namespace Crid.Keeper;

/// <summary>Holds an exit back until the output before it is logged, though not for longer than a stalled disk may be waited for.</summary>
internal sealed class ExitReports : ITimed
{
    private const int PatienceMilliseconds = 2000;

    private readonly Dictionary<KeptEntry, long> _deadlines = [];
    private readonly KeeperServices _services;
    private readonly Action<KeptEntry> _report;

    internal ExitReports(KeeperServices services, Action<KeptEntry> report)
    {
        _services = services;
        _report = report;
        services.Loop.AddTimed(this);
    }

    internal bool IsIdle => _deadlines.Count == 0;

    internal bool IsPending(KeptEntry entry) => _deadlines.ContainsKey(entry);

    internal void Add(KeptEntry entry)
    {
        if (entry.Io is not ContainerIo io)
        {
            _report(entry);
            return;
        }

        _deadlines.Add(entry, Environment.TickCount64 + PatienceMilliseconds);
        io.WhenOpen(() =>
        {
            io.End();
            _services.Logs.Enqueue(buffers =>
            {
                io.Drain(buffers);
                _services.Loop.Post(() => OnDrained(entry));
            });
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
            KeeperLog.DrainTimedOut(_services.Logger, entry.Id);
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
