using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>waitid(2) on the children of this process.</summary>
public static unsafe class ChildProcesses
{
    /// <summary>Reaps any child that has ended; null where none has.</summary>
    public static ProcessEnd? TryReapAny() => Wait(ProcessCalls.P_ALL, 0, ProcessCalls.WEXITED | ProcessCalls.WNOHANG, out _);

    /// <summary>Reaps one child if it has ended.</summary>
    /// <exception cref="LinuxException">It is no child of this process (ECHILD).</exception>
    public static ProcessEnd? TryReap(int pid)
    {
        ProcessEnd? end = Wait(ProcessCalls.P_PID, pid, ProcessCalls.WEXITED | ProcessCalls.WNOHANG, out int errno);
        return errno == 0 ? end : throw new LinuxException("waitid", path: null, errno);
    }

    /// <summary>Blocks until some child has ended and leaves it unreaped; false where this process has no children.</summary>
    public static bool WaitForAny()
    {
        Wait(ProcessCalls.P_ALL, 0, ProcessCalls.WEXITED | ProcessCalls.WNOWAIT, out int errno);
        return errno == 0;
    }

    /// <summary>Signals a child that the caller has not reaped yet, so that its pid can't be another's.</summary>
    public static void SendSignal(int pid, int signal)
    {
        if (ProcessCalls.kill(pid, signal) != 0)
        {
            throw new LinuxException("kill", path: null, Marshal.GetLastPInvokeError());
        }
    }

    internal static ProcessEnd? Wait(int kind, int id, int options, out int errno)
    {
        ProcessCalls.SignalInformation information = default;
        do
        {
            errno = ProcessCalls.waitid(kind, id, &information, options) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == LibC.EINTR);

        if (errno is not 0 && errno != LibC.ECHILD)
        {
            throw new LinuxException("waitid", path: null, errno);
        }

        if (errno != 0 || information.Pid == 0)
        {
            return null;
        }

        bool exited = information.Code == ProcessCalls.CLD_EXITED;
        return new ProcessEnd(information.Pid, exited ? information.Status : 128 + information.Status);
    }
}
