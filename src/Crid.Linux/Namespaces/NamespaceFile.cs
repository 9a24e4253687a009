using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

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

    /// <summary>Opens a namespace; null where there is none at the path.</summary>
    internal static SafeFileHandle? Find(string path)
    {
        int fd = DescriptorCalls.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, 0);
        if (fd < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.ENOENT ? null : throw new LinuxException("open", path, errno);
        }

        SafeFileHandle file = Descriptor.Own(fd);
        nint* status = stackalloc nint[32];
        if (fstatfs(file, status) == 0 && status[0] == NamespaceFileSystem)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(SafeFileHandle file, void* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statfs(byte* path, void* status);
}
