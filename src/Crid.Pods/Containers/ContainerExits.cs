using System.Collections.Concurrent;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>
/// Records how containers end. The keeper reports exits; a pidfd of each process is the second source, so an exit is noticed even when the
/// keeper is lost. The first report stands, in whatever state it meets the container.
/// </summary>
internal sealed class ContainerExits(PodsContext context) : IDisposable
{
    private static readonly TimeSpan FirstStorePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestStorePause = TimeSpan.FromSeconds(30);

    /// <summary>How long a keeper is waited for that can't be asked, or does not know yet, before an exit counts as unknown.</summary>
    private static readonly TimeSpan KeeperPatience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ContainerId, LiveProcess> _live = [];
    private readonly ConcurrentDictionary<ContainerId, ExitRecording> _recordings = [];
    private readonly CancellationTokenSource _closing = new();

    /// <summary>The watched process of a container; null where none is alive.</summary>
    public LiveProcess? Find(ContainerId id) => _live.GetValueOrDefault(id);

    /// <summary>Takes a report of the keeper; ids of nobody's container are somebody else's (exec, infra process).</summary>
    public void Report(ProcessExit exit)
    {
        if (ContainerId.TryParse(exit.Id, out ContainerId id) && context.Containers.Find(id) is not null)
        {
            _ = RecordAsync(id, exit);
        }
    }

    /// <summary>Watches a container's process until its end is recorded.</summary>
    public LiveProcess Watch(ContainerId id, int pid, ulong startTimeTicks)
    {
        LiveProcess live = new(context.Ports.Host.Processes.Open(pid, startTimeTicks));
        if (!_live.TryAdd(id, live))
        {
            live.Dispose();
            return _live[id];
        }

        if (context.Containers.Find(id)?.Status.State == ContainerState.Exited)
        {
            // The report came before there was anything to watch.
            Release(id);
        }
        else
        {
            _ = FollowAsync(id, live);
        }

        return live;
    }

    /// <summary>Records an end; repeatable. What can't be stored is tried again until it is, or the service closes.</summary>
    public Task RecordAsync(ContainerId id, ProcessExit? report) => BeginRecording(id, report).Ended;

    /// <summary>Records an end; where that can't be stored at once it fails, and is tried again in the background.</summary>
    public async Task RecordOnceAsync(ContainerId id, ProcessExit? report)
    {
        ExitRecording recording = BeginRecording(id, report);
        await recording.Tried;
        if (recording.Failure is { } failure)
        {
            throw CridException.Wrap($"store the exit of container '{id.Short}'", failure);
        }
    }

    /// <summary>Tries at once to store an end that waits to be tried again.</summary>
    public void Hurry(ContainerId id) => FindRecording(id)?.Hurry();

    /// <summary>The end of a container on its way into the database; null where there is none.</summary>
    public ExitRecording? FindRecording(ContainerId id) => _recordings.GetValueOrDefault(id);

    public void Dispose()
    {
        // Not disposed: what still follows an exit looks at its token, which costs nothing without a timer.
        _closing.Cancel();
        foreach (LiveProcess live in _live.Values)
        {
            live.Dispose();
        }
    }

    /// <summary>One recording at a time for each container, whoever reports its end.</summary>
    private ExitRecording BeginRecording(ContainerId id, ProcessExit? report)
    {
        ExitRecording mine = new();
        ExitRecording recording = _recordings.GetOrAdd(id, mine);
        if (ReferenceEquals(recording, mine))
        {
            _ = StoreUntilDoneAsync(id, report, mine);
        }

        return recording;
    }

    private async Task StoreUntilDoneAsync(ContainerId id, ProcessExit? report, ExitRecording recording)
    {
        TimeSpan pause = FirstStorePause;
        while (!_closing.IsCancellationRequested && !await TryStoreAsync(id, report, recording))
        {
            await recording.WaitAsync(pause, context.Time, _closing.Token);
            pause = pause * 2 < LongestStorePause ? pause * 2 : LongestStorePause;
        }

        _recordings.TryRemove(id, out _);
        recording.End();
    }

    /// <summary>Of many failures in a row the first is logged, and the success after them.</summary>
    private async Task<bool> TryStoreAsync(ContainerId id, ProcessExit? report, ExitRecording recording)
    {
        try
        {
            await StoreAsync(id, report);
            if (recording.Failure is not null)
            {
                PodsLog.ExitStoredAtLast(context.Logger, id.Value);
            }

            return true;
        }
        catch (Exception exception)
        {
            if (recording.Failure is null)
            {
                PodsLog.ExitNotStored(context.Logger, exception, id.Value);
            }

            recording.Fail(exception);
            return false;
        }
    }

    private async Task StoreAsync(ContainerId id, ProcessExit? report)
    {
        Container? container = context.Containers.Find(id);
        if (container is not null && container.Status.State != ContainerState.Exited)
        {
            ContainerExit exit = Describe(container, report);
            await context.Containers.TryUpdateAsync(id, current => current with { Status = current.Status.ToExited(exit) });
            PodsLog.ContainerExited(context.Logger, id.Value, exit.ExitCode, exit.Reason);
        }

        Release(id);
        if (container is not null && SharesPidNamespace(container.Spec))
        {
            KillLeftovers(container);
        }
    }

    private void Release(ContainerId id)
    {
        if (_live.TryRemove(id, out LiveProcess? live))
        {
            live.MarkRecorded();
            live.Dispose();
        }
    }

    /// <summary>A keeper that was not the parent may not know the code, where the kernel tells it to whoever holds a pidfd.</summary>
    private ContainerExit Describe(Container container, ProcessExit? report)
    {
        int? status = report is { ExitStatus: not ProcessExit.Unknown } ? report.ExitStatus : Find(container.Id)?.FindExitStatus();
        return status is int known
            ? ContainerExit.Of(known, WasOomKilled(container), report?.FinishedAt ?? context.Time.GetUtcNow())
            : ContainerExit.Unseen(report?.FinishedAt ?? context.Time.GetUtcNow());
    }

    /// <summary>An exit must be recorded even where its cgroup can't be read.</summary>
    private bool WasOomKilled(Container container)
    {
        string cgroup = container.Status.CgroupPath;
        try
        {
            return cgroup.Length > 0 && context.Ports.Host.Cgroups.WasOomKilled(cgroup);
        }
        catch (Exception exception)
        {
            PodsLog.CgroupNotRead(context.Logger, exception, container.Id.Value);
            return false;
        }
    }

    private async Task FollowAsync(ContainerId id, LiveProcess live)
    {
        try
        {
            // Closing ends the watch, which does not mean that the process has ended: the next start looks again.
            await Task.WhenAny(live.Ended, live.Recorded);
            if (!live.Recorded.IsCompleted && !_closing.IsCancellationRequested)
            {
                await live.Recorded.WaitAsync(context.Options.ExitReportTimeout, context.Time, _closing.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!live.Recorded.IsCompleted && !_closing.IsCancellationRequested)
            {
                await (FindRecording(id)?.Ended ?? RecordAsync(id, await FindExitAsync(id, live)));
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The service closes; the next start finds out how the process has ended.
        }
        catch (Exception exception)
        {
            PodsLog.BackgroundFailed(context.Logger, exception);
        }
    }

    /// <summary>
    /// The keeper's word on an exit that it did not report; null where it has none, or the kernel's has to do. One that was just started anew
    /// may still find out, so only a keeper that does not know the process has nothing to say.
    /// </summary>
    private async Task<ProcessExit?> FindExitAsync(ContainerId id, LiveProcess live)
    {
        PodsLog.ExitNotReported(context.Logger, id.Value);
        long began = context.Time.GetTimestamp();
        while (true)
        {
            (bool isFinal, ProcessExit? exit) = await AskKeeperAsync(id);
            if (isFinal || live.FindExitStatus() is not null || context.Time.GetElapsedTime(began) > KeeperPatience)
            {
                return exit;
            }

            await live.Recorded.WaitAsync(context.Options.ExitReportTimeout, context.Time, _closing.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _closing.Token.ThrowIfCancellationRequested();
            if (live.Recorded.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>What the keeper knows of an exit, and whether it will ever know more.</summary>
    private async Task<(bool IsFinal, ProcessExit? Exit)> AskKeeperAsync(ContainerId id)
    {
        try
        {
            IReadOnlyList<KeptProcess> kept = await context.Ports.Keeper.ListAsync(_closing.Token);
            KeptProcess? process = kept.FirstOrDefault(process => process.Id == id.Value);
            return (process is null || process.Exit is not null, process?.Exit);
        }
        catch (Exception exception) when (!_closing.IsCancellationRequested)
        {
            PodsLog.KeeperNotAsked(context.Logger, exception, id.Value);
            return (false, null);
        }
    }

    private static bool SharesPidNamespace(ContainerSpec spec) => spec.Security.Namespaces.Pid != NamespaceMode.Container;

    /// <summary>In a PID namespace of its own a container's processes die with the first; in a shared one the rest is killed here.</summary>
    private void KillLeftovers(Container container)
    {
        try
        {
            if (container.Status.CgroupPath.Length > 0)
            {
                context.Ports.Host.Cgroups.KillAll(container.Status.CgroupPath);
            }
        }
        catch (Exception exception)
        {
            PodsLog.LeftoversNotKilled(context.Logger, exception, container.Id.Value);
        }
    }
}
