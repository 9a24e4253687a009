using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Durability and capacity of the file system that a handle is on.</summary>
public static unsafe class FileSystems
{
    /// <summary>Writes everything of the file system to its device; when this returns it survives a power cut.</summary>
    public static void Sync(SafeFileHandle file)
    {
        if (LibC.syncfs(FileAt.Fd(file)) != 0)
        {
            throw new LinuxException("syncfs", path: null, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Writes a file, or the names in a directory, to its device.</summary>
    public static void SyncFile(SafeFileHandle file)
    {
        if (LibC.fsync(FileAt.Fd(file)) != 0)
        {
            throw new LinuxException("fsync", path: null, Marshal.GetLastPInvokeError());
        }
    }

    public static FileSystemStatus GetStatus(SafeFileHandle file)
    {
        statvfs status;
        if (LibC.fstatvfs(FileAt.Fd(file), &status) != 0)
        {
            throw new LinuxException("fstatvfs", path: null, Marshal.GetLastPInvokeError());
        }

        ulong block = status.f_frsize;
        return new FileSystemStatus(
            block * (ulong)status.f_blocks, block * (ulong)status.f_bfree, block * (ulong)status.f_bavail, (ulong)status.f_files, (ulong)status.f_ffree);
    }
}
