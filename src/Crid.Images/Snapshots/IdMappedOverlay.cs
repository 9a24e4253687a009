using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>
/// Overlays for user namespaces. The kernel refuses to map the ids of an overlay itself, so each layer below is mapped on a mount of its own,
/// which the overlay takes a private copy of; the upper layer holds the ids as they are outside.
/// </summary>
internal static class IdMappedOverlay
{
    public static void Mount(OverlayMount overlay, string mountpoint, SnapshotOwner owner)
    {
        using (SafeFileHandle upper = FileAt.OpenDirectory(overlay.Upper!))
        {
            FileMetadata.SetOwner(upper, owner.RootUserId, owner.RootGroupId);
        }

        // What an interrupted attempt has left would lie below the new mounts.
        RemoveLowers(mountpoint);
        try
        {
            Mounts.Overlay(overlay with { Lowers = [.. overlay.Lowers.Select((lower, index) => Map(lower, index, mountpoint, owner))] }, mountpoint);
        }
        finally
        {
            RemoveLowers(mountpoint);
        }
    }

    /// <summary>Removes the mounts of the layers, which are of use only until the overlay is mounted; accepts that there are none.</summary>
    public static void RemoveLowers(string mountpoint)
    {
        string lowers = LowersOf(mountpoint);
        if (!Directory.Exists(lowers))
        {
            return;
        }

        foreach (string directory in Directory.GetDirectories(lowers))
        {
            Mounts.EnsureUnmounted(directory, detach: true);

            // Never recursively: were it still mounted, these would be the files of the layer.
            Directory.Delete(directory);
        }

        Directory.Delete(lowers);
    }

    private static string Map(string lower, int index, string mountpoint, SnapshotOwner owner)
    {
        string target = $"{LowersOf(mountpoint)}/{index}";
        Directory.CreateDirectory(target);
        IdMappedMounts.Bind(lower, target, owner.UserNamespace);
        return target;
    }

    private static string LowersOf(string mountpoint) => $"{mountpoint}.lowers";
}
