using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Mounts that are in no mount table: open_tree(2). They are gone when their handles are closed.</summary>
internal static unsafe class DetachedMounts
{
    /// <summary>A mount of a file, or of a directory without the mounts below it.</summary>
    internal static SafeFileHandle Clone(string source)
    {
        fixed (byte* path = Mounts.Terminate(source))
        {
            int fd = MountCalls.OpenTree(LibC.AT_FDCWD, path, MountCalls.OpenTreeClone | MountCalls.OpenTreeCloseOnExec);
            return Descriptor.Own(Descriptor.Check(fd, "open_tree", source));
        }
    }

    /// <summary>The same, read-only.</summary>
    internal static SafeFileHandle CloneReadOnly(string source)
    {
        SafeFileHandle tree = Clone(source);
        MountCalls.MountAttributes attributes = new() { Set = MountCalls.AttributeReadOnly };
        fixed (byte* nothing = "\0"u8)
        {
            if (MountCalls.MountSetAttributes(FileAt.Fd(tree), nothing, MountCalls.EmptyPath, &attributes) == 0)
            {
                return tree;
            }
        }

        int errno = Marshal.GetLastPInvokeError();
        tree.Dispose();
        throw new LinuxException("mount_setattr", source, errno);
    }
}
