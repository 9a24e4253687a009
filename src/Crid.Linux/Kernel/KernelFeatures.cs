using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Calls that not every kernel has, or that a sandbox around this process withholds.</summary>
public sealed record KernelFeatures
{
    public required bool HasOpenat2 { get; init; }

    public required bool HasPidfd { get; init; }

    /// <summary>fsopen(2) and its relatives: overlays of any number of layers.</summary>
    public required bool HasNewMountApi { get; init; }

    /// <summary>PIDFD_GET_INFO: facts about a process, since 6.15 also its exit code after somebody else reaped it.</summary>
    public required bool HasPidfdInfo { get; init; }

    /// <summary>Tries each call in a way that changes nothing.</summary>
    public static unsafe KernelFeatures Probe()
    {
        open_how how = default;
        bool hasOpenat2 = IsKnown(LibC.openat2(-1, null, &how, sizeof(open_how)));
        int context = MountCalls.FsOpen(null, MountCalls.FsOpenCloseOnExec);
        int pidfd = (int)ProcessCalls.syscall(ProcessCalls.SYS_pidfd_open, Environment.ProcessId, 0, 0, 0);
        bool hasPidfdInfo = false;
        if (pidfd >= 0)
        {
            ProcessCalls.PidfdInformation information = default;
            hasPidfdInfo = LibC.ioctl(pidfd, unchecked((int)ProcessCalls.PidfdInformation.Request), &information) == 0;
            _ = LibC.close(pidfd);
        }

        return new KernelFeatures
        {
            HasOpenat2 = hasOpenat2,
            HasPidfd = pidfd >= 0,
            HasNewMountApi = IsKnown(context),
            HasPidfdInfo = hasPidfdInfo,
        };
    }

    // Called without sense, a call that exists fails for another reason.
    private static bool IsKnown(long result) => result >= 0 || !(Marshal.GetLastPInvokeError() is int errno && (errno == LibC.ENOSYS || errno == LibC.EPERM));
}
