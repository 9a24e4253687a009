using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Brings each container's record in line with what became of it while nobody looked.</summary>
internal sealed class RecoverContainers(
    PodsContext context, ContainerExits exits, StartContainer startContainer, RemoveContainer removeContainer, RecoveryFindings findings)
{
    /// <param name="kept">What the keeper holds, by id.</param>
    /// <param name="isSameBoot">False where processes and mounts of the rows are gone with another boot.</param>
    public async Task RunAsync(IReadOnlyDictionary<string, KeptProcess> kept, bool isSameBoot, CancellationToken cancellationToken)
    {
        foreach (Container container in context.Containers.All.ToList())
        {
            KeptProcess? process = kept.GetValueOrDefault(container.Id.Value);
            await findings.TryAsync(
                $"container '{container.Id}'", () => RecoverAsync(container, process, isSameBoot, cancellationToken));
        }
    }

    private async Task RecoverAsync(Container container, KeptProcess? process, bool isSameBoot, CancellationToken cancellationToken)
    {
        bool isHalfMade = container.Intent is Intent.Create or Intent.Remove;
        if (isHalfMade || context.Sandboxes.Find(container.SandboxId) is null)
        {
            await FinishRemovalAsync(container, process, cancellationToken);
            findings.CountRepaired();
            return;
        }

        if (container.Status.State == ContainerState.Exited)
        {
            return;
        }

        LiveProcess? live = isSameBoot ? WatchLiving(container, process) : null;
        if (live is null)
        {
            await exits.RecordAsync(container.Id, process?.Exit);
            await ClearIntentAsync(container.Id);
            findings.CountExited();
            return;
        }

        findings.CountRunning();
        if (container.Intent == Intent.Start)
        {
            await FinishStartAsync(container, live, cancellationToken);
            findings.CountRepaired();
        }
    }

    /// <summary>A creation that was cut short has no pid in its record yet, but the keeper may have its process.</summary>
    private async Task FinishRemovalAsync(Container container, KeptProcess? process, CancellationToken cancellationToken)
    {
        (int pid, ulong start) = container.Status.Pid != 0
            ? (container.Status.Pid, container.Status.StartTimeTicks)
            : (process?.Pid ?? 0, process?.StartTimeTicks ?? 0);
        if (pid != 0 && process?.Exit is null)
        {
            using IProcess? living = context.Ports.Host.Processes.Open(pid, start);
            living?.Signal(Linux.SignalNames.Kill);
        }

        await removeContainer.RemoveAsync(container.Id, cancellationToken);
    }

    /// <summary>Watches the container's process; null where it has ended.</summary>
    private LiveProcess? WatchLiving(Container container, KeptProcess? process)
    {
        if (process?.Exit is not null)
        {
            return null;
        }

        using IProcess? probe = context.Ports.Host.Processes.Open(container.Status.Pid, container.Status.StartTimeTicks);
        return probe is { Exited.IsCompleted: false }
            ? exits.Watch(container.Id, container.Status.Pid, container.Status.StartTimeTicks)
            : null;
    }

    /// <summary>
    /// The crash fell between the intent and the record of a start. Starting again tells which: it succeeds where the program does not run
    /// yet, and is refused where it does.
    /// </summary>
    private async Task FinishStartAsync(Container container, LiveProcess live, CancellationToken cancellationToken)
    {
        // Found first: that its handler is not configured any more says nothing about the start.
        IOciRuntime runtime = context.RuntimeOf(container);
        try
        {
            await runtime.StartAsync(container.Id, cancellationToken);
        }
        catch (CridException exception) when (!live.Ended.IsCompleted)
        {
            PodsLog.StartHadHappened(context.Logger, exception, container.Id.Value);
        }

        await startContainer.RecordStartedAsync(container.Id);
    }

    private Task<Container?> ClearIntentAsync(ContainerId id) =>
        context.Containers.TryUpdateAsync(
            id, current => current.Intent == Intent.None ? current : current with { Intent = Intent.None });
}
