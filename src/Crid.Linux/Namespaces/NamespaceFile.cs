using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Files that are namespaces: pins, and what /proc/PID/ns/ leads to.</summary>
public static unsafe partial class NamespaceFile
{
    // NSFS_MAGIC of statfs(2).
    private const nint NamespaceFileSystem = 0x6e736673;

    /// <summary>False also where there is no such file, or an empty one from which the namespace was unmounted.</summary>
    public static bool IsNamespace(string path)
    {
        // struct statfs is 120 bytes long on 64-bit machines and begins with the magic number of the file system.
        nint* status = stackalloc nint[32];
        fixed (byte* terminated = Mounts.Terminate(path))
        {
            return statfs(terminated, status) == 0 && status[0] == NamespaceFileSystem;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statfs(byte* path, void* status);
}
