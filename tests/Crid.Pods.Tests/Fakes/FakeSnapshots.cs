using Crid.Core;
using Crid.Images;

namespace Crid.Pods.Tests;

/// <summary>Root file systems of the fake machine.</summary>
internal sealed class FakeSnapshots(Incarnation life) : ISnapshots
{
    /// <summary>The labels that root file systems were mounted with.</summary>
    public Dictionary<ContainerId, string?> Labels { get; } = [];

    public Task PrepareAsync(ContainerId id, ImageId image, string mountpoint, SnapshotOwner? owner, string? label, CancellationToken cancellationToken) =>
        life.StepAsync(
        "prepare snapshot",
        () =>
        {
            Labels[id] = label;
            life.Machine.Snapshots.Add(id);
        },
        cancellationToken);

    public Task RemoveAsync(ContainerId id, string mountpoint, CancellationToken cancellationToken) =>
        life.StepAsync("remove snapshot", () => life.Machine.Snapshots.Remove(id), cancellationToken);

    public Task RetainAsync(Func<ContainerId, bool> isLive, CancellationToken cancellationToken) =>
        life.StepAsync("retain snapshots", () => Retain(isLive), cancellationToken);

    private void Retain(Func<ContainerId, bool> isLive)
    {
        life.Machine.Snapshots.RemoveWhere(id => !isLive(id));
        life.Machine.ImageVolumes.RemoveWhere(id => !isLive(id));
    }
}
