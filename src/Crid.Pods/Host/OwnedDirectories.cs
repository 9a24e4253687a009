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

        // A node has thousands of mounts: only the lines that name the id are looked at.
        string id = Path.GetFileName(directory);
        string below = directory + "/";
        IEnumerable<MountInfo> mounts = File.ReadAllLines("/proc/thread-self/mountinfo")
            .Where(line => line.Contains(id, StringComparison.Ordinal))
            .Select(MountInfo.Parse)
            .Where(mount => mount.Mountpoint.StartsWith(below, StringComparison.Ordinal));
        foreach (MountInfo mount in mounts.Reverse())
        {
            Mounts.EnsureUnmounted(mount.Mountpoint, detach: true);
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
