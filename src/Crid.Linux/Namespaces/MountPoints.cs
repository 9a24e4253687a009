using System.Text;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Asks the kernel about mount points.</summary>
internal static class MountPoints
{
    // STATX_ATTR_MOUNT_ROOT of statx(2), since Linux 5.8.
    private const ulong MountRoot = 0x2000;

    /// <summary>Whether something is mounted on the path itself.</summary>
    /// <exception cref="LinuxException">The path can't be examined.</exception>
    public static unsafe bool IsMountPoint(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path + '\0');
        statx status;
        fixed (byte* pointer = bytes)
        {
            return LibC.statx(LibC.AT_FDCWD, pointer, 0, LibC.STATX_TYPE, &status) == 0
                ? (status.stx_attributes & MountRoot) != 0
                : throw new LinuxException("statx", path, LibC.errno);
        }
    }
}
