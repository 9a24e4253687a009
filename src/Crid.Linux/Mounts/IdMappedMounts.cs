using System.Runtime.InteropServices;
using Crid.Core;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Bind mounts on which files belong to the ids that a user namespace maps theirs to: mount_setattr(2), "ID-mapped mounts".</summary>
public static unsafe class IdMappedMounts
{
    /// <summary>Makes a directory appear at another path, its files owned by the mapped ids; mounts below it do not appear.</summary>
    /// <param name="userNamespace">A pinned user namespace.</param>
    /// <exception cref="CridException">FailedPrecondition: the kernel or the file system of the directory has no such mounts.</exception>
    public static void Bind(string source, string target, string userNamespace)
    {
        using SafeFileHandle owner = NamespaceFile.Find(userNamespace)
            ?? throw CridException.FailedPrecondition($"'{userNamespace}' is not a pinned user namespace");
        using SafeFileHandle tree = DetachedMounts.Clone(source);
        MountCalls.MountAttributes attributes = new()
        {
            Set = MountCalls.AttributeIdMap,
            UserNamespace = (ulong)owner.DangerousGetHandle(),
        };
        fixed (byte* nothing = "\0"u8, path = Mounts.Terminate(target))
        {
            if (MountCalls.MountSetAttributes(FileAt.Fd(tree), nothing, MountCalls.EmptyPath, &attributes) != 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                throw errno == LibC.EINVAL || errno == LibC.ENOSYS || errno == LibC.EOPNOTSUPP
                    ? CridException.FailedPrecondition($"the file system of '{source}' has no id-mapped mounts, which user namespaces need")
                    : new LinuxException("mount_setattr", source, errno);
            }

            if (MountCalls.MoveMount(FileAt.Fd(tree), nothing, LibC.AT_FDCWD, path, MountCalls.MoveMountFromEmptyPath) != 0)
            {
                throw new LinuxException("move_mount", target, Marshal.GetLastPInvokeError());
            }
        }
    }
}
