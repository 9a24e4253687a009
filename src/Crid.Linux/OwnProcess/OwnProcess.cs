using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Attributes of this process that a daemon sets before it does anything else.</summary>
public static partial class OwnProcess
{
    private const int PR_SET_DUMPABLE = 4;
    private const int PR_SET_CHILD_SUBREAPER = 36;
    private const int RLIMIT_NOFILE = 7;
    private const int SIGCHLD = 17;
    private const nint SIG_DFL = 0;
    private const nint SIG_ERR = -1;

    /// <summary>
    /// Gives SIGCHLD its default disposition. Where it was inherited as ignored the kernel reaps children itself and every wait fails;
    /// this must precede the first use of anything that makes the .NET runtime install its own handler.
    /// </summary>
    public static void RestoreChildSignal()
    {
        if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        {
            throw new LinuxException("signal", "SIGCHLD", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes /proc/PID of this process root's alone and keeps others from tracing it (PR_SET_DUMPABLE 0).</summary>
    public static void MakeUndumpable()
    {
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        {
            throw new LinuxException("prctl", "PR_SET_DUMPABLE", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes orphaned descendants children of this process instead of init's (PR_SET_CHILD_SUBREAPER), or no longer.</summary>
    public static void SetSubreaper(bool isSubreaper)
    {
        if (prctl(PR_SET_CHILD_SUBREAPER, isSubreaper ? 1u : 0u, 0, 0, 0) != 0)
        {
            throw new LinuxException("prctl", "PR_SET_CHILD_SUBREAPER", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Sets the file mode creation mask, which the service manager or a shell may have left at anything.</summary>
    public static void SetUmask(UnixFileMode mask) => LibC.umask((mode_t)(uint)mask);

    /// <summary>Raises the limit of open files to what this process may have, and returns it.</summary>
    public static ulong RaiseOpenFilesLimit()
    {
        if (getrlimit(RLIMIT_NOFILE, out ResourceLimit limit) != 0)
        {
            throw new LinuxException("getrlimit", "RLIMIT_NOFILE", Marshal.GetLastPInvokeError());
        }

        if (limit.Soft < limit.Hard)
        {
            limit.Soft = limit.Hard;
            if (setrlimit(RLIMIT_NOFILE, in limit) != 0)
            {
                throw new LinuxException("setrlimit", "RLIMIT_NOFILE", Marshal.GetLastPInvokeError());
            }
        }

        return limit.Soft;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint signal(int signum, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
