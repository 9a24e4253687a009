using Crid.Core;
using Crid.Images;

namespace Crid.Pods.Tests;

/// <summary>Image volumes of the fake machine.</summary>
internal sealed class FakeImageVolumes(Incarnation life) : IImageVolumes
{
    public async Task<IReadOnlyList<string>> MountAsync(
        ContainerId id, IReadOnlyList<ImageVolume> volumes, SnapshotOwner? owner, string? label, CancellationToken cancellationToken)
    {
        await life.StepAsync("mount image volumes", () => life.Machine.ImageVolumes.Add(id), cancellationToken);
        return [.. volumes.Select(static volume => $"/volumes/{volume.Image.Digest.Hex[..4]}/{volume.SubPath}")];
    }

    public Task UnmountAsync(ContainerId id, CancellationToken cancellationToken) =>
        life.StepAsync("unmount image volumes", () => life.Machine.ImageVolumes.Remove(id), cancellationToken);
}
