using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Counts what a recovery finds, and lets it go on where one step fails: the rest of the node must not wait for one sandbox.</summary>
internal sealed class RecoveryFindings(ILogger logger)
{
    private int _running;
    private int _exited;
    private int _repaired;
    private int _orphans;
    private int _failures;

    /// <summary>A container that runs on.</summary>
    public void CountRunning() => Interlocked.Increment(ref _running);

    /// <summary>A container that ended while nobody looked.</summary>
    public void CountExited() => Interlocked.Increment(ref _exited);

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

    /// <summary>Removes something that no row owns.</summary>
    public async Task RemoveOrphanAsync(string what, Func<Task> remove)
    {
        PodsLog.RecoveryStep(logger, $"removing orphaned {what}");
        if (await TryAsync($"remove orphaned {what}", remove))
        {
            _orphans++;
        }
    }

    /// <summary>Writes the one line that sums a recovery up.</summary>
    public void Log(int sandboxes, int containers, TimeSpan elapsed) =>
        PodsLog.Recovered(
            logger, sandboxes, containers, _running, _exited, _repaired, _orphans, _failures, elapsed.TotalMilliseconds);
}
