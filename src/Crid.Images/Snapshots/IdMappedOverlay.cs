using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>
/// Overlays for user namespaces. The kernel refuses to map the ids of an overlay itself, so each layer below is mapped on a mount of its own,
/// which the overlay takes a private copy of; the upper layer holds the ids as they are outside.
/// </summary>
internal static class IdMappedOverlay
{
    private const string Suffix = ".lowers";

    public static void Mount(OverlayMount overlay, string mountpoint, SnapshotOwner owner)
    {
        using (SafeFileHandle upper = FileAt.OpenDirectory(overlay.Upper!))
        {
            FileMetadata.SetOwner(upper, owner.RootUserId, owner.RootGroupId);
        }

        MountMapped(overlay.Lowers, mountpoint, owner, lowers => Mounts.Overlay(overlay with { Lowers = lowers }, mountpoint));
    }

    /// <summary>Maps layers for as long as it takes to mount something over them.</summary>
    public static void MountMapped(IReadOnlyList<string> lowers, string mountpoint, SnapshotOwner owner, Action<IReadOnlyList<string>> mount)
    {
        // What an interrupted attempt has left would lie below the new mounts.
        RemoveLowers(mountpoint);
        try
        {
            mount([.. lowers.Select((lower, index) => Map(lower, index, mountpoint, owner))]);
        }
        finally
        {
            RemoveLowers(mountpoint);
        }
    }

    /// <summary>Whether a directory is one that mapped layers are mounted in.</summary>
    public static bool IsOfLowers(string path) => path.EndsWith(Suffix, StringComparison.Ordinal);

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

    private static string LowersOf(string mountpoint) => mountpoint + Suffix;
}
