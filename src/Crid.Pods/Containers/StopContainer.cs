using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>
/// Stops containers: the stop signal once, the grace period, SIGKILL. One task for each container does it, whoever waits; a call with less
/// grace left shortens the one that runs, a longer one changes nothing.
/// </summary>
internal sealed class StopContainer(PodsContext context, ContainerExits exits, KillContainer kill)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerId, (GracePeriod Grace, Task<bool> Stopped)> _stopping = [];

    public Task ExecuteAsync(string id, TimeSpan gracePeriod, CancellationToken caller)
    {
        Container? container = context.Containers.Resolve(id);
        if (container is null || container.Status.State == ContainerState.Exited)
        {
            return Task.CompletedTask;
        }

        TimeSpan grace = gracePeriod < TimeSpan.Zero ? TimeSpan.Zero : gracePeriod;
        string name = $"stop container '{container.Id.Short}'";
        return context.Work.WaitAsync(name, JoinOrStart(name, container.Id, grace), caller);
    }

    private Task<bool> JoinOrStart(string name, ContainerId id, TimeSpan grace)
    {
        lock (_lock)
        {
            if (_stopping.TryGetValue(id, out (GracePeriod Grace, Task<bool> Stopped) running))
            {
                running.Grace.Shorten(grace);
                return running.Stopped;
            }

            GracePeriod mine = new(context.Time, grace);
            Task<bool> stopped = context.Work.Start(name, Timeout.InfiniteTimeSpan, token => StopAsync(id, mine, token));
            _stopping.Add(id, (mine, stopped));
            return stopped;
        }
    }

    private async Task<bool> StopAsync(ContainerId id, GracePeriod grace, CancellationToken cancellationToken)
    {
        // Leaves the caller's lock before anything else happens.
        await Task.Yield();
        try
        {
            if (exits.Find(id) is not LiveProcess live)
            {
                await kill.ExecuteAsync(id, cancellationToken);
                return true;
            }

            await WaitForStartAsync(id, live, grace);

            // A created container's program does not run yet: there is nobody to be asked.
            if (!grace.HasPassed && context.Containers.Find(id) is { Status.State: ContainerState.Running } container)
            {
                live.Signal(SignalNames.TryParse(container.Status.StopSignal, out int signal) ? signal : SignalNames.Terminate);
                await grace.WaitAsync(Task.WhenAny(live.Recorded, live.Ended));
            }

            if (!live.Recorded.IsCompleted)
            {
                if (!live.Ended.IsCompleted)
                {
                    PodsLog.ContainerKilled(context.Logger, id.Value);
                }

                await kill.ExecuteAsync(id, cancellationToken);
            }

            return true;
        }
        finally
        {
            lock (_lock)
            {
                _stopping.Remove(id);
                grace.Dispose();
            }
        }
    }

    /// <summary>
    /// Lets a start that is under way end, within the grace period. The program runs for some time before that is recorded, with poststart hooks
    /// for long, and would be killed without having been asked.
    /// </summary>
    private async Task WaitForStartAsync(ContainerId id, LiveProcess live, GracePeriod grace)
    {
        if (grace.HasPassed || context.Containers.Find(id) is not { Intent: Intent.Start })
        {
            return;
        }

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(grace.Passed);
        Task<IDisposable> started = context.ContainerLocks.AcquireAsync(id, over.Token);
        await Task.WhenAny(started, live.Recorded);
        await over.CancelAsync();
        try
        {
            (await started).Dispose();
        }
        catch (OperationCanceledException)
        {
            // The period has passed, or the program has ended by itself.
        }
    }
}
