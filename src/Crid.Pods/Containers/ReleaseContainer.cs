using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Takes away all that a container consists of except its row. Every step accepts what was never made or is half made, so Create's undo,
/// Remove and recovery use the same.
/// </summary>
internal sealed class ReleaseContainer(PodsContext context)
{
    private readonly PodsPorts _ports = context.Ports;

    /// <param name="handler">The runtime handler of its sandbox.</param>
    public async Task ExecuteAsync(ContainerId id, string handler, CancellationToken cancellationToken)
    {
        await DeleteProcessAsync(id, handler, cancellationToken);
        await RemoveSnapshotAsync(id, cancellationToken);
        await DeleteFilesAsync(id);
    }

    public async Task DeleteProcessAsync(ContainerId id, string handler, CancellationToken cancellationToken)
    {
        await _ports.Runtimes.Get(handler).DeleteAsync(id, cancellationToken);
        await _ports.Keeper.ForgetAsync(id.Value, cancellationToken);
    }

    public Task RemoveSnapshotAsync(ContainerId id, CancellationToken cancellationToken) =>
        _ports.Snapshots.RemoveAsync(id, RootfsOf(id), cancellationToken);

    public Task DeleteFilesAsync(ContainerId id) => Task.Run(() => _ports.Host.ContainerFiles.Delete(id));

    public string RootfsOf(ContainerId id) => $"{_ports.Directories.Container(id)}/rootfs";
}
