using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Counts what a recovery finds, and lets it go on where one step fails: the rest of the node must not wait for one sandbox.</summary>
internal sealed class RecoveryFindings(ILogger logger)
{
    public int Running { get; set; }

    public int Exited { get; set; }

    public int Repaired { get; set; }

    public int Orphans { get; set; }

    public int Failures { get; private set; }

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
            Failures++;
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
            Orphans++;
        }
    }
}
