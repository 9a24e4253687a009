using Crid.Core;

namespace Crid.Images;

/// <summary>Images as volumes of containers, always read-only.</summary>
public interface IImageVolumes
{
    /// <summary>
    /// Mounts images below <see cref="CridDirectories.ImageVolumes"/> of a container. Their layers stay until <see cref="UnmountAsync"/>, even when an
    /// image is removed. A container's volumes are mounted once; what a failed call leaves <see cref="UnmountAsync"/> takes away.
    /// </summary>
    /// <param name="owner">For a container in a user namespace: whose the files are; null for the ids of the images themselves.</param>
    /// <returns>For each volume the directory on the host that it consists of.</returns>
    /// <exception cref="CridException">With the reason <c>ImageVolumeMountFailed</c>: an image or a sub path does not exist, or can't be mounted.</exception>
    Task<IReadOnlyList<string>> MountAsync(
        ContainerId id, IReadOnlyList<ImageVolume> volumes, SnapshotOwner? owner, string? label, CancellationToken cancellationToken);

    /// <summary>Unmounts the volumes of a container; accepts containers that have none, or half of them.</summary>
    Task UnmountAsync(ContainerId id, CancellationToken cancellationToken);
}
