using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Counts what a recovery finds, and lets it go on where one step fails: the rest of the node must not wait for one sandbox.</summary>
internal sealed class RecoveryFindings(ILogger logger)
{
    private readonly SortedDictionary<string, int> _orphans = new(StringComparer.Ordinal);
    private int _running;
    private int _exited;
    private int _broken;
    private int _released;
    private int _repaired;
    private int _failures;

    /// <summary>A container that runs on or waits for its start.</summary>
    public void CountRunning() => Interlocked.Increment(ref _running);

    /// <summary>A container that ended while nobody looked.</summary>
    public void CountExited() => Interlocked.Increment(ref _exited);

    /// <summary>A sandbox that has lost its namespaces.</summary>
    public void CountBroken() => Interlocked.Increment(ref _broken);

    /// <summary>A sandbox of another boot whose network was given back.</summary>
    public void CountReleased() => Interlocked.Increment(ref _released);

    /// <summary>An operation that was cut short and is undone or finished now.</summary>
    public void CountRepaired() => Interlocked.Increment(ref _repaired);

    /// <summary>Takes a step; false, and one line in the log, where it failed.</summary>
    public async Task<bool> TryAsync(string step, Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Interlocked.Increment(ref _failures);
            PodsLog.RecoveryStepFailed(logger, exception, step);
            return false;
        }
    }

    /// <summary>Removes something that no row owns. Orphans are removed one after the other.</summary>
    public async Task RemoveOrphanAsync(string kind, string name, Func<Task> remove)
    {
        PodsLog.RecoveryStep(logger, $"removing orphaned {kind} '{name}'");
        if (await TryAsync($"remove orphaned {kind} '{name}'", remove))
        {
            _orphans[kind] = _orphans.GetValueOrDefault(kind) + 1;
        }
    }

    /// <summary>Writes the one line that sums a recovery up.</summary>
    public void Log(int sandboxes, int containers, TimeSpan adoption, TimeSpan whole)
    {
        string orphans = _orphans.Count == 0 ? "none" : string.Join(", ", _orphans.Select(orphan => $"{orphan.Value} {orphan.Key}"));
        PodsLog.Recovered(
            logger,
            sandboxes,
            containers,
            _running,
            _exited,
            _broken,
            _released,
            _repaired,
            _failures,
            orphans,
            adoption.TotalMilliseconds,
            whole.TotalMilliseconds);
    }
}
