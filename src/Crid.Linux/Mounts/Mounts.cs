using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Mounts in the mount namespace of the calling thread.</summary>
public static unsafe class Mounts
{
    /// <summary>Makes a directory or file appear at another path; source and target are of the same kind and exist.</summary>
    public static void Bind(string source, string target, MountOptions options = MountOptions.None, bool recursive = false)
    {
        ulong_t bind = recursive ? LibC.MS_BIND | LibC.MS_REC : LibC.MS_BIND;
        Mount(source, target, fileSystemType: null, bind, data: null);
        if (options != MountOptions.None)
        {
            // The options of a bind mount only take effect when it is mounted again.
            Mount(source: null, target, fileSystemType: null, LibC.MS_BIND | LibC.MS_REMOUNT | ToFlags(options), data: null);
        }
    }

    /// <summary>Mounts a new file system, for example a tmpfs.</summary>
    public static void FileSystem(string type, string source, string target, MountOptions options = MountOptions.None, string? data = null) =>
        Mount(source, target, type, ToFlags(options), data);

    /// <summary>Mounts an overlay: any number of layers with the new mount API, what fits into a page without it.</summary>
    public static void Overlay(OverlayMount overlay, string target)
    {
        ArgumentNullException.ThrowIfNull(overlay);
        if (!OverlayMounter.TryMount(overlay, target))
        {
            Mount("overlay", target, "overlay", ToFlags(overlay.Options), OverlayMounter.FormatOptions(overlay));
        }
    }

    public static void SetPropagation(string target, Propagation propagation, bool recursive = false)
    {
        ulong_t flags = propagation switch
        {
            Propagation.Private => LibC.MS_PRIVATE,
            Propagation.Slave => LibC.MS_SLAVE,
            Propagation.Shared => LibC.MS_SHARED,
            _ => LibC.MS_UNBINDABLE,
        };
        Mount(source: null, target, fileSystemType: null, recursive ? flags | LibC.MS_REC : flags, data: null);
    }

    /// <summary>Unmounts what is on top at a path. A detached mount disappears at once and ends when its last user leaves.</summary>
    public static void Unmount(string target, bool detach = false)
    {
        int errno = TryUnmount(target, detach);
        if (errno != 0)
        {
            throw new LinuxException("umount2", target, errno);
        }
    }

    /// <summary>Unmounts everything that is mounted at a path, one over the other; accepts that nothing is, or that the path does not exist.</summary>
    public static void EnsureUnmounted(string target, bool detach = false)
    {
        int errno;
        do
        {
            errno = TryUnmount(target, detach);
        }
        while (errno == 0);

        if (errno != LibC.EINVAL && errno != LibC.ENOENT)
        {
            throw new LinuxException("umount2", target, errno);
        }
    }

    /// <summary>The mounts of this thread's namespace, in the order they were made.</summary>
    public static IReadOnlyList<MountInfo> Read() =>
        [.. File.ReadLines("/proc/thread-self/mountinfo").Select(MountInfo.Parse)];

    internal static ulong_t ToFlags(MountOptions options)
    {
        ulong_t flags = 0;
        flags |= options.HasFlag(MountOptions.ReadOnly) ? LibC.MS_RDONLY : 0;
        flags |= options.HasFlag(MountOptions.NoSuid) ? LibC.MS_NOSUID : 0;
        flags |= options.HasFlag(MountOptions.NoDev) ? LibC.MS_NODEV : 0;
        flags |= options.HasFlag(MountOptions.NoExec) ? LibC.MS_NOEXEC : 0;
        return flags;
    }

    internal static byte[] Terminate(string? text) => text is null ? [] : Encoding.UTF8.GetBytes(text + '\0');

    private static int TryUnmount(string target, bool detach)
    {
        fixed (byte* path = Terminate(target))
        {
            int flags = LibC.UMOUNT_NOFOLLOW | (detach ? LibC.MNT_DETACH : 0);
            return LibC.umount2(path, flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static void Mount(string? source, string target, string? fileSystemType, ulong_t flags, string? data)
    {
        // `fixed` over an empty array yields null, which is what mount(2) takes for an absent argument.
        fixed (byte* from = Terminate(source), to = Terminate(target), type = Terminate(fileSystemType), options = Terminate(data))
        {
            if (LibC.mount(from, to, type, flags, options) != 0)
            {
                throw new LinuxException("mount", target, Marshal.GetLastPInvokeError());
            }
        }
    }
}
