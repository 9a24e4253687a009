using System.Collections.Concurrent;
using System.Threading.Channels;
using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>
/// How much containers have written. Answers come from memory: a tree is walked again in the background once somebody asks and the last
/// walk is long enough ago, one tree at a time, and large trees less often than small ones.
/// </summary>
internal sealed class WritableLayers : IAsyncDisposable
{
    private static readonly TimeSpan MinimumAge = TimeSpan.FromSeconds(10);

    /// <summary>A walk that took long is not repeated before this many times its duration: at most 5 % of a processor go into it.</summary>
    private const int PauseFactor = 20;

    private readonly IMeters _meters;
    private readonly string _mountpoint;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<ContainerId, Entry> _entries = [];
    private readonly Channel<ContainerId> _due = Channel.CreateUnbounded<ContainerId>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _worker;

    /// <param name="mountpoint">A directory on the file system of the layers, by which it is known to the outside.</param>
    public WritableLayers(IMeters meters, string mountpoint, TimeProvider time, ILogger logger)
    {
        _meters = meters;
        _mountpoint = mountpoint;
        _time = time;
        _logger = logger;
        _worker = Task.Run(WorkAsync);
    }

    /// <summary>
    /// The last measurement. The first one is made here and now where it ends within <paramref name="budget"/>; otherwise the answer is null
    /// until it is there.
    /// </summary>
    public FilesystemUsage? Find(ContainerId id, WalkBudget budget)
    {
        Entry entry = _entries.GetOrAdd(id, static _ => new Entry());
        lock (entry)
        {
            bool isOld = entry.MeasuredAt is not long measuredAt || _time.GetElapsedTime(measuredAt) >= entry.Pause;
            if (isOld && !entry.IsDue && (entry.MeasuredAt is not null || !TryMeasureNow(id, entry, budget)))
            {
                entry.IsDue = _due.Writer.TryWrite(id);
            }

            return entry.Usage;
        }
    }

    /// <summary>Forgets all containers but those of <paramref name="live"/>.</summary>
    public void Retain(IReadOnlySet<ContainerId> live)
    {
        foreach (ContainerId id in _entries.Keys)
        {
            if (!live.Contains(id))
            {
                _entries.TryRemove(id, out _);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _due.Writer.Complete();
        await _stopping.CancelAsync();
        await _worker;
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        await foreach (ContainerId id in _due.Reader.ReadAllAsync())
        {
            if (_stopping.IsCancellationRequested || !_entries.TryGetValue(id, out Entry? entry))
            {
                continue;
            }

            // Callers are answered with the last value while the walk is under way.
            Entry next = new();
            Measure(id, next, () => _stopping.IsCancellationRequested);
            lock (entry)
            {
                entry.Take(next);
                entry.IsDue = false;
            }
        }
    }

    private bool TryMeasureNow(ContainerId id, Entry entry, WalkBudget budget)
    {
        if (!budget.IsSpent)
        {
            Measure(id, entry, () => budget.IsSpent);
        }

        return entry.Usage is not null;
    }

    private void Measure(ContainerId id, Entry entry, Func<bool> isOver)
    {
        DateTimeOffset start = _time.GetUtcNow();
        long timestamp = _time.GetTimestamp();
        try
        {
            if (_meters.MeasureWritableLayer(id, isOver) is DirectoryUsage usage)
            {
                entry.Usage = new FilesystemUsage(_mountpoint, usage.Bytes, usage.Inodes, start);
            }
        }
        catch (LinuxException exception)
        {
            PodsLog.LayerNotMeasured(_logger, exception, id.Value);
        }

        long end = _time.GetTimestamp();
        TimeSpan pause = _time.GetElapsedTime(timestamp, end) * PauseFactor;
        entry.MeasuredAt = end;
        entry.Pause = pause > MinimumAge ? pause : MinimumAge;
    }

    private sealed class Entry
    {
        public FilesystemUsage? Usage { get; set; }

        /// <summary>When the last walk ended, also one that found nothing; null before the first.</summary>
        public long? MeasuredAt { get; set; }

        public TimeSpan Pause { get; set; }

        /// <summary>It waits for the background.</summary>
        public bool IsDue { get; set; }

        public void Take(Entry next)
        {
            Usage = next.Usage ?? Usage;
            MeasuredAt = next.MeasuredAt;
            Pause = next.Pause;
        }
    }
}
