using Crid.Linux;

namespace Crid.Pods;

/// <summary>Directories below /run that belong to one sandbox or container each, named by its id.</summary>
internal static class OwnedDirectories
{
    /// <summary>Unmounts everything in a directory, the innermost first; accepts one that does not exist.</summary>
    public static void Unmount(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        string below = directory + "/";
        foreach (MountInfo mount in Mounts.Read().Reverse())
        {
            if (mount.Mountpoint.StartsWith(below, StringComparison.Ordinal))
            {
                Mounts.EnsureUnmounted(mount.Mountpoint, detach: true);
            }
        }
    }

    /// <summary>Unmounts and deletes; accepts a directory that does not exist.</summary>
    public static void Delete(string directory)
    {
        Unmount(directory);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static IEnumerable<string> Names(string parent) =>
        Directory.Exists(parent) ? Directory.EnumerateDirectories(parent).Select(path => Path.GetFileName(path)) : [];
}
