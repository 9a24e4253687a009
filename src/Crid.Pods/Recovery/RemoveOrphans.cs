using Crid.Core;
using Crid.Keeper.Protocol;

namespace Crid.Pods;

/// <summary>
/// Finds what no row owns on this machine and removes it: whatever outlived its row. Calls are served meanwhile; each thing is looked for
/// before its owner, and owners write their row before they make a thing.
/// </summary>
internal sealed class RemoveOrphans(PodsContext context, ReleaseContainer releaseContainer, RecoveryFindings findings)
{
    private readonly PodsPorts _ports = context.Ports;
    private readonly HostPorts _host = context.Ports.Host;

    public async Task RunAsync(IReadOnlyDictionary<string, KeptProcess> kept, CancellationToken cancellationToken)
    {
        foreach (KeptProcess process in kept.Values.Where(process => !IsOwned(process.Id)))
        {
            await findings.RemoveOrphanAsync("processes", process.Id, () => EndAsync(process, cancellationToken));
        }

        foreach (RuntimeState state in _host.RuntimeStates.List().Where(state => !IsLive(state.Id)))
        {
            await findings.RemoveOrphanAsync(
                "runtime states",
                $"{state.Handler}/{state.Id}",
                () => releaseContainer.DeleteRuntimeStateAsync(state.Id, state.Handler, cancellationToken));
        }

        await RemoveContainersAsync(cancellationToken);
        await RemoveSandboxesAsync(cancellationToken);
    }

    private async Task RemoveContainersAsync(CancellationToken cancellationToken)
    {
        foreach (ContainerId id in _host.ContainerFiles.List().Where(id => !IsLive(id)))
        {
            await findings.RemoveOrphanAsync(
                "container directories",
                id.Value,
                () => RemoveContainerAsync(id, cancellationToken));
        }

        await findings.TryAsync("snapshots", () => _ports.Snapshots.RetainAsync(IsLive, cancellationToken));
    }

    private async Task RemoveSandboxesAsync(CancellationToken cancellationToken)
    {
        // The network first: plugins want the namespace that they made interfaces in.
        foreach (string id in _ports.Network.ListAttachments().Where(id => !IsOwned(id)))
        {
            await findings.RemoveOrphanAsync("attachments", id, () => _ports.Network.DetachOrphanAsync(id, cancellationToken));
        }

        foreach (SandboxId id in _host.Namespaces.List().Where(id => context.Sandboxes.Find(id) is null))
        {
            await findings.RemoveOrphanAsync("pinned namespaces", id.Value, () => Task.Run(() => _host.Namespaces.Remove(id), cancellationToken));
        }

        foreach (SandboxId id in _host.SandboxFiles.List().Where(id => context.Sandboxes.Find(id) is null))
        {
            await findings.RemoveOrphanAsync("sandbox directories", id.Value, () => Task.Run(() => _host.SandboxFiles.Delete(id), cancellationToken));
        }
    }

    /// <summary>With what the OCI runtime left of it: the bundle tells where its cgroup is.</summary>
    private async Task RemoveContainerAsync(ContainerId id, CancellationToken cancellationToken)
    {
        if (_host.ContainerFiles.FindCgroupPath(id) is string cgroup && _host.Cgroups.Exists(cgroup))
        {
            await releaseContainer.RemoveCgroupAsync(cgroup, cancellationToken);
        }

        await releaseContainer.UnmountVolumesAsync(id, cancellationToken);
        await releaseContainer.RemoveSnapshotAsync(id, cancellationToken);
        await releaseContainer.DeleteFilesAsync(id);
    }

    private bool IsLive(ContainerId id) => context.Containers.Find(id) is not null;

    private bool IsOwned(string id) =>
        (ContainerId.TryParse(id, out ContainerId container) && context.Containers.Find(container) is not null)
        || (SandboxId.TryParse(id, out SandboxId sandbox) && context.Sandboxes.Find(sandbox) is not null);

    /// <summary>Nobody waits for this process any more: a command whose caller went with the daemon, or a container without a row.</summary>
    private async Task EndAsync(KeptProcess process, CancellationToken cancellationToken)
    {
        if (process.Exit is null)
        {
            using IProcess? living = _host.Processes.Open(process.Pid, process.StartTimeTicks);
            if (living is not null)
            {
                _host.Processes.KillTree(process.Pid, process.StartTimeTicks);
                await living.Exited.WaitAsync(context.Options.KillTimeout, context.Time, cancellationToken);
            }
        }

        await _ports.Keeper.ForgetAsync(process.Id, cancellationToken);
    }
}
