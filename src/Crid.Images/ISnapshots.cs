using Crid.Core;

namespace Crid.Images;

/// <summary>Writable root file systems of containers: overlay mounts over the layers of an image.</summary>
public interface ISnapshots
{
    /// <summary>
    /// Makes the upper directories below the store and mounts the overlay on <paramref name="mountpoint"/>, which is created. The image's layers
    /// stay until <see cref="RemoveAsync"/>, even when the image is removed. Idempotent: recovery calls it again after a reboot of the mount.
    /// </summary>
    /// <param name="owner">For a container in a user namespace: whose the files are; null for the ids of the image themselves.</param>
    /// <param name="label">The SELinux context that all files appear with; null for their own.</param>
    Task PrepareAsync(ContainerId id, ImageId image, string mountpoint, SnapshotOwner? owner, string? label, CancellationToken cancellationToken);

    /// <summary>Unmounts and deletes; accepts snapshots that do not exist or are half made.</summary>
    Task RemoveAsync(ContainerId id, string mountpoint, CancellationToken cancellationToken);

    /// <summary>Removes the snapshots and image volumes of containers that do not live, and the layers that nobody needs any more; others may be made meanwhile.</summary>
    Task RetainAsync(Func<ContainerId, bool> isLive, CancellationToken cancellationToken);
}
