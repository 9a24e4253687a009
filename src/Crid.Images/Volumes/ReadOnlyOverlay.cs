using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>
/// Mounts the layers of an image without a layer to write to. Also for a single layer it is an overlay, never a bind mount of the layer: an overlay
/// without an upper layer can't be mounted anew as writable, and interprets what the layer has for overlay alone.
/// </summary>
internal static class ReadOnlyOverlay
{
    private const int LeastLowers = 2;
    private const MountOptions Options = MountOptions.ReadOnly | MountOptions.NoSuid | MountOptions.NoDev;

    /// <param name="lowers">The directories of the layers, top first.</param>
    /// <param name="empty">An empty directory that stands in where there are less layers than an overlay needs.</param>
    /// <param name="mountpoint">An existing directory.</param>
    /// <param name="owner">The user namespace whose ids the files have; null for the ids that the layers have.</param>
    /// <param name="label">The SELinux context of all files; null for their own.</param>
    public static void Mount(IReadOnlyList<string> lowers, IReadOnlyList<string> empty, string mountpoint, SnapshotOwner? owner, string? label)
    {
        string[] padding = [.. empty.Take(LeastLowers - lowers.Count)];
        if (owner is null)
        {
            Mounts.Overlay(new OverlayMount { Lowers = [.. lowers, .. padding], Label = label, Options = Options }, mountpoint);
            return;
        }

        // The root of an image without layers is one of these.
        foreach (string directory in padding)
        {
            using SafeFileHandle handle = FileAt.OpenDirectory(directory);
            FileMetadata.SetOwner(handle, owner.RootUserId, owner.RootGroupId);
        }

        IdMappedOverlay.MountMapped(lowers, mountpoint, owner, mapped =>
            Mounts.Overlay(new OverlayMount { Lowers = [.. mapped, .. padding], Label = label, Options = Options }, mountpoint));
    }
}
