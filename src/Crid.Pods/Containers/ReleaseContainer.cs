using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Takes away all that a container consists of except its row. Every step accepts what was never made or is half made, so Create's undo,
/// Remove and recovery use the same.
/// </summary>
internal sealed class ReleaseContainer(PodsContext context)
{
    private static readonly TimeSpan CgroupPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CgroupInterval = TimeSpan.FromMilliseconds(10);

    private readonly PodsPorts _ports = context.Ports;

    /// <param name="handler">The runtime handler of its sandbox.</param>
    public async Task ExecuteAsync(ContainerId id, string handler, CancellationToken cancellationToken)
    {
        await DeleteProcessAsync(id, handler, cancellationToken);
        await UnmountVolumesAsync(id, cancellationToken);
        await RemoveSnapshotAsync(id, cancellationToken);
        await DeleteFilesAsync(id);
    }

    public async Task DeleteProcessAsync(ContainerId id, string handler, CancellationToken cancellationToken)
    {
        await DeleteRuntimeStateAsync(id, handler, cancellationToken);
        await _ports.Keeper.ForgetAsync(id.Value, cancellationToken);
    }

    /// <summary>
    /// Lets the OCI runtime delete a container. Where its handler is not configured any more, what the runtime would do is done without it, or
    /// the container could never be removed.
    /// </summary>
    public async Task DeleteRuntimeStateAsync(ContainerId id, string handler, CancellationToken cancellationToken)
    {
        if (handler.Length == 0 || _ports.Runtimes.Handlers.Any(known => known.Name == handler))
        {
            await _ports.Runtimes.Get(handler).DeleteAsync(id, cancellationToken);
        }
        else
        {
            PodsLog.HandlerGone(context.Logger, handler, id.Value);
            await Task.Run(() => _ports.Host.RuntimeStates.Delete(new RuntimeState(handler, id)), cancellationToken);
        }

        // A runtime that was killed half-way through a create knows nothing of the cgroup that it made.
        if (context.Containers.Find(id)?.Status.CgroupPath is { Length: > 0 } cgroup && _ports.Host.Cgroups.Exists(cgroup))
        {
            await RemoveCgroupAsync(cgroup, cancellationToken);
        }
    }

    public Task UnmountVolumesAsync(ContainerId id, CancellationToken cancellationToken) => _ports.ImageVolumes.UnmountAsync(id, cancellationToken);

    public Task RemoveSnapshotAsync(ContainerId id, CancellationToken cancellationToken) =>
        _ports.Snapshots.RemoveAsync(id, RootfsOf(id), cancellationToken);

    public Task DeleteFilesAsync(ContainerId id) => Task.Run(() => _ports.Host.ContainerFiles.Delete(id));

    public string RootfsOf(ContainerId id) => $"{_ports.Directories.Container(id)}/rootfs";

    /// <summary>Kills what is left in a cgroup and removes it.</summary>
    /// <exception cref="CridException">FailedPrecondition: what was killed has not ended; a repetition may find that it has.</exception>
    public async Task RemoveCgroupAsync(string cgroup, CancellationToken cancellationToken)
    {
        long began = context.Time.GetTimestamp();
        while (!TryRemoveCgroup(cgroup))
        {
            if (context.Time.GetElapsedTime(began) > CgroupPatience)
            {
                throw CridException.FailedPrecondition($"remove cgroup '{cgroup}': its processes were killed and have not ended");
            }

            // What was killed counts until it is reaped.
            await Task.Delay(CgroupInterval, context.Time, cancellationToken);
        }
    }

    private bool TryRemoveCgroup(string cgroup)
    {
        _ports.Host.Cgroups.KillAll(cgroup);
        return _ports.Host.Cgroups.Remove(cgroup);
    }
}
