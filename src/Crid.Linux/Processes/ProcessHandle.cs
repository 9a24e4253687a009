using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>A pidfd: it names one process for as long as it is held, whatever becomes of the pid.</summary>
public sealed unsafe class ProcessHandle : IDisposable
{
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private Task? _exit;

    /// <summary>Takes over a pidfd.</summary>
    public ProcessHandle(int pid, SafeFileHandle pidfd)
    {
        Pid = pid;
        Pidfd = pidfd;
    }

    public int Pid { get; }

    /// <summary>Readable once the process has ended.</summary>
    public SafeFileHandle Pidfd { get; }

    /// <summary>Opens a process that can't have been reaped, such as an own child.</summary>
    /// <exception cref="LinuxException">There is no such process (ESRCH).</exception>
    public static ProcessHandle Open(int pid) =>
        TryOpen(pid, out int errno) ?? throw new LinuxException("pidfd_open", pid.ToString(), errno);

    /// <summary>
    /// Opens the process that has this pid and this start time (<see cref="ProcessStat.StartTimeTicks"/>); null where it is gone, even if
    /// its pid is another's now. A process that has ended but was not reaped yet is still there.
    /// </summary>
    public static ProcessHandle? Open(int pid, ulong startTimeTicks)
    {
        ProcessHandle? handle = TryOpen(pid, out int errno);
        if (handle is null)
        {
            // EINVAL, before Linux 6.13: the process is gone, and its number is still the id of a process group or session.
            return errno == LibC.ESRCH || errno == LibC.EINVAL ? null : throw new LinuxException("pidfd_open", pid.ToString(), errno);
        }

        // Read after the open: while we hold the pidfd a match means that it is this process.
        if (ProcessStat.Find(pid) is ProcessStat stat && stat.StartTimeTicks == startTimeTicks)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Sends a signal; false where the process is gone.</summary>
    public bool SendSignal(int signal)
    {
        if (ProcessCalls.syscall_on(ProcessCalls.SYS_pidfd_send_signal, Pidfd, signal, 0, 0) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == LibC.ESRCH ? false : throw new LinuxException("pidfd_send_signal", Pid.ToString(), errno);
    }

    /// <summary>Completes when the process has ended. Any number of callers may wait; all with the same loop.</summary>
    public Task WaitForExitAsync(EventLoop loop, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(loop);
        lock (_lock)
        {
            _exit ??= loop.WaitAsync(Pidfd, Readiness.Readable, _disposed.Token);
            return _exit.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reaps it if it is an own child that has ended; null where it still runs.</summary>
    /// <exception cref="LinuxException">It is no child of this process (ECHILD).</exception>
    public ProcessEnd? TryReap()
    {
        ProcessEnd? end = ChildProcesses.Wait(
            ProcessCalls.P_PIDFD, (int)Pidfd.DangerousGetHandle(), ProcessCalls.WEXITED | ProcessCalls.WNOHANG, out int errno);
        GC.KeepAlive(Pidfd);
        return errno == 0 ? end : throw new LinuxException("waitid", Pid.ToString(), errno);
    }

    /// <summary>
    /// The exit status of an ended process that need not be a child; null where it runs or the status can't be known. Before it is
    /// reaped /proc tells it, afterwards the pidfd does (Linux 6.15 and later).
    /// </summary>
    public int? FindExitStatus()
    {
        if (FindReapedStatus() is int reaped)
        {
            return reaped;
        }

        // A signal 0 that arrives afterwards proves that the entry was this process's; else it was reaped in the meantime.
        return ProcessStat.Find(Pid) is { IsEnded: true } stat && SendSignal(0) ? WaitStatus.ToExitStatus(stat.WaitStatus) : FindReapedStatus();
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
        Pidfd.Dispose();
    }

    private int? FindReapedStatus()
    {
        ProcessCalls.PidfdInformation information = new() { Mask = ProcessCalls.PidfdInformation.MaskExit };
        return DescriptorCalls.ioctl(Pidfd, ProcessCalls.PidfdInformation.Request, &information) == 0
            && (information.Mask & ProcessCalls.PidfdInformation.MaskExit) != 0
            ? WaitStatus.ToExitStatus(information.ExitCode)
            : null;
    }

    private static ProcessHandle? TryOpen(int pid, out int errno)
    {
        nint fd = ProcessCalls.syscall(ProcessCalls.SYS_pidfd_open, pid, 0, 0, 0);
        errno = fd >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return fd >= 0 ? new ProcessHandle(pid, Descriptor.Own((int)fd)) : null;
    }
}
