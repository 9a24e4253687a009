using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Brings each container's record in line with what became of it while nobody looked.</summary>
internal sealed class RecoverContainers(
    PodsContext context,
    ContainerExits exits,
    StartContainer startContainer,
    UpdateContainerResources updateResources,
    RemoveContainer removeContainer,
    RecoveryFindings findings)
{
    // Each calls the OCI runtime: some at a time, not all, not one after another.
    private const int Parallelism = 8;

    private readonly List<(Container Container, IDisposable Lock)> _broken = [];

    /// <param name="kept">What the keeper holds, by id.</param>
    /// <param name="isSameBoot">False where processes and mounts of the rows are gone with another boot.</param>
    public async Task AdoptAsync(IReadOnlyDictionary<string, KeptProcess> kept, bool isSameBoot, CancellationToken cancellationToken)
    {
        List<Container> alive = [];
        foreach (Container container in context.Containers.All.ToList())
        {
            if (!isSameBoot)
            {
                await ForgetProcessAsync(container);
            }

            if (container.Intent is Intent.Create or Intent.Remove || context.Sandboxes.Find(container.SandboxId) is null)
            {
                _broken.Add((container, await context.ContainerLocks.AcquireAsync(container.Id, cancellationToken)));
            }
            else if (await AdoptAsync(container, kept.GetValueOrDefault(container.Id.Value), isSameBoot))
            {
                alive.Add(container);
            }
        }

        List<Container> unstarted = alive.FindAll(static container => container.Intent == Intent.Start);
        await ForEachAsync(unstarted, static container => $"start of container '{container.Id}'", FinishStartAsync, cancellationToken);
        List<Container> updating = alive.FindAll(static container => container.Status.Updating is not null);
        await ForEachAsync(updating, static container => $"resources of container '{container.Id}'", TakeBackUpdateAsync, cancellationToken);
    }

    /// <summary>Removes the containers whose creation or removal was cut short.</summary>
    public async Task RepairAsync(IReadOnlyDictionary<string, KeptProcess> kept, CancellationToken cancellationToken)
    {
        try
        {
            await ForEachAsync(
                _broken,
                broken => $"container '{broken.Container.Id}'",
                async (broken, token) =>
                {
                    Container container = broken.Container;
                    Kill(container, kept.GetValueOrDefault(container.Id.Value));
                    await removeContainer.RemoveLockedAsync(container.Id, token);
                    findings.CountRepaired();
                },
                cancellationToken,
                broken => KeepAsync(broken.Container.Id));
        }
        finally
        {
            _broken.ForEach(broken => broken.Lock.Dispose());
            _broken.Clear();
        }
    }

    /// <summary>Takes over a container that is whole; true where its process lives.</summary>
    private async Task<bool> AdoptAsync(Container container, KeptProcess? process, bool isSameBoot)
    {
        if (container.Status.State == ContainerState.Exited)
        {
            return false;
        }

        if (isSameBoot && process?.Exit is null && (process is not null || IsAlive(container)))
        {
            // One that the keeper still takes for living may have ended this moment: the watch waits for the word on that.
            exits.Watch(container.Id, container.Status.Pid, container.Status.StartTimeTicks);
            findings.CountRunning();
            return true;
        }

        // Not waited for where it can't be stored, as on a full disk: the node agent can free it only when calls are served.
        await findings.TryAsync($"exit of container '{container.Id}'", () => RecordExitAsync(container.Id, process?.Exit));
        findings.CountExited();
        return false;
    }

    private async Task RecordExitAsync(ContainerId id, ProcessExit? exit)
    {
        await exits.RecordOnceAsync(id, exit);
        await context.Containers.TryUpdateAsync(
            id, current => current.Intent == Intent.None ? current : current with { Intent = Intent.None });
    }

    private bool IsAlive(Container container)
    {
        using IProcess? probe = context.Ports.Host.Processes.Open(container.Status.Pid, container.Status.StartTimeTicks);
        return probe is { Exited.IsCompleted: false };
    }

    /// <summary>After a reboot its pid is somebody else's, and nothing may be sent to that.</summary>
    private Task<Container?> ForgetProcessAsync(Container container) => context.Containers.TryUpdateAsync(
        container.Id,
        current => current.Status.Pid == 0 ? current : current with { Status = current.Status with { Pid = 0, StartTimeTicks = 0 } });

    /// <summary>A creation that was cut short has no pid in its record yet, but the keeper may have its process.</summary>
    private void Kill(Container container, KeptProcess? process)
    {
        ContainerStatus status = context.Containers.Find(container.Id)?.Status ?? container.Status;
        (int pid, ulong start) = status.Pid != 0 ? (status.Pid, status.StartTimeTicks) : (process?.Pid ?? 0, process?.StartTimeTicks ?? 0);
        if (pid != 0 && process?.Exit is null)
        {
            using IProcess? living = context.Ports.Host.Processes.Open(pid, start);
            living?.Signal(Linux.SignalNames.Kill);
        }

        if (status.CgroupPath.Length > 0)
        {
            context.Ports.Host.Cgroups.Thaw(status.CgroupPath);
        }
    }

    /// <summary>
    /// The crash fell between the intent and the record of a start. Starting again tells which: it succeeds where the program does not run
    /// yet, and is refused where it does.
    /// </summary>
    private async Task FinishStartAsync(Container container, CancellationToken cancellationToken)
    {
        // Found first: that its handler is not configured any more says nothing about the start.
        IOciRuntime runtime = context.RuntimeOf(container);
        try
        {
            await RunAsync($"finish the start of container '{container.Id.Short}'", token => runtime.StartAsync(container.Id, token), cancellationToken);
        }
        catch (CridException exception) when (exits.Find(container.Id) is { Ended.IsCompleted: false })
        {
            PodsLog.StartHadHappened(context.Logger, exception, container.Id.Value);
        }

        await startContainer.RecordStartedAsync(container.Id);
        findings.CountRepaired();
    }

    private async Task TakeBackUpdateAsync(Container container, CancellationToken cancellationToken)
    {
        await RunAsync(
            $"restore the resources of container '{container.Id.Short}'", token => updateResources.RevertAsync(container.Id, token), cancellationToken);
        findings.CountRepaired();
    }

    /// <summary>Calls wait for this: an OCI runtime that hangs holds them up no longer than a step of an undo.</summary>
    private Task RunAsync(string name, Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        context.Work.RunAsync(name, context.Options.UndoTimeout, work, cancellationToken);

    /// <summary>What could not be removed stays listed as exited: the node agent removes it when it can be done.</summary>
    private Task<Container?> KeepAsync(ContainerId id)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        return context.Containers.TryUpdateAsync(
            id,
            current => current.Status.State == ContainerState.Created
                ? current with { Status = current.Status.ToStartError(now, "its creation was interrupted and could not be undone") }
                : current);
    }

    private Task ForEachAsync<T>(
        IReadOnlyList<T> items,
        Func<T, string> describe,
        Func<T, CancellationToken, Task> action,
        CancellationToken cancellationToken,
        Func<T, Task>? onFailure = null) =>
        Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (item, token) =>
            {
                if (!await findings.TryAsync(describe(item), () => action(item, token)) && onFailure is not null)
                {
                    await findings.TryAsync($"keep {describe(item)} for later", () => onFailure(item));
                }
            });
}
