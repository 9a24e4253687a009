using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// A thread that moves into new namespaces, performs steps there and ends.
/// </summary>
/// <remarks>
/// A thread that the .NET runtime creates inherits the namespaces of the thread on which the need arose. So between unshare(2) and the end
/// nothing here may allocate, await, log or run any code for the first time: only system calls that were rehearsed, with arguments that
/// were made before. The methods opt out of tiered compilation, whose background worker is such a thread.
/// </remarks>
internal sealed unsafe class NamespaceThread
{
    private const int StackBytes = 128 * 1024;
    private const nint Unchanged = -1;
    private const int NetlinkRoute = 0;
    private const int NetlinkErrorMessage = 2;
    private const int NetlinkHeaderLength = 16;
    private const int InputOutputError = 5;
    private const int Interrupted = 4;

    private static readonly nint SetUserNumber = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;

    private readonly int _flags;
    private readonly NamespaceStep[] _steps;
    private NamespaceStep? _failed;
    private int _errno;

    private NamespaceThread(int flags, NamespaceStep[] steps)
    {
        _flags = flags;
        _steps = steps;
    }

    /// <summary>Performs the steps in order in new namespaces of the kinds in <paramref name="flags"/>; returns when the thread has ended.</summary>
    /// <returns>The step that failed and its error number. No step and an error number: unshare failed. Error number 0: all is done.</returns>
    public static (NamespaceStep? Step, int Errno) Execute(int flags, NamespaceStep[] steps)
    {
        NamespaceThread work = new(flags, steps);
        Thread thread = new(work.Run, StackBytes) { IsBackground = true, Name = "namespaces" };
        thread.Start();
        thread.Join();
        return (work._failed, work._errno);
    }

    /// <summary>Runs every call once in the current namespaces without effect, so that none is resolved or compiled in others.</summary>
    public static void Rehearse()
    {
        NamespaceThread rehearsal = new(0, [NamespaceStep.Write("/dev/null", "0"), NamespaceStep.SendRoute("", RouteMessages.DoNothing())]);
        rehearsal.Run();

        _ = Perform(NamespaceStep.SetUser(uint.MaxValue));

        // These fail: not a namespace, no such source, and a name that is too long.
        _ = Perform(NamespaceStep.Join("/dev/null"));
        _ = Perform(NamespaceStep.Pin("none", "/dev/null"));
        _ = Perform(NamespaceStep.SetHostname(new string('x', 65)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run()
    {
        if (LibC.unshare(_flags) != 0)
        {
            _errno = LibC.errno;
            return;
        }

        NamespaceStep[] steps = _steps;
        for (int i = 0; i < steps.Length; i++)
        {
            int errno = Perform(steps[i]);
            if (errno != 0)
            {
                _failed = steps[i];
                _errno = errno;
                return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Perform(NamespaceStep step)
    {
        fixed (byte* path = step.Path)
        fixed (byte* data = step.Data)
        {
            return step.Kind switch
            {
                NamespaceStepKind.Join => Join(path),
                NamespaceStepKind.Pin => Pin(data, path),
                NamespaceStepKind.SetUser => SetUser(*(uint*)data),
                NamespaceStepKind.SetHostname => LibC.sethostname(data, step.Data.Length) == 0 ? 0 : LibC.errno,
                NamespaceStepKind.Write => Write(path, data, step.Data.Length),
                _ => SendRoute(data, step.Data.Length),
            };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Join(byte* path)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return LibC.errno;
        }

        int errno = LibC.setns(fd, 0) == 0 ? 0 : LibC.errno;
        _ = LibC.close(fd);
        return errno;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pin(byte* source, byte* target)
    {
        int fd = LibC.open(target, LibC.O_RDONLY | LibC.O_CREAT | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, 0);
        if (fd < 0)
        {
            return LibC.errno;
        }

        _ = LibC.close(fd);
        return LibC.mount(source, target, null, LibC.MS_BIND, null) == 0 ? 0 : LibC.errno;
    }

    // The call itself: setresuid(3) of the C library changes every thread of the process.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SetUser(uint user) =>
        ProcessCalls.syscall(SetUserNumber, Unchanged, (nint)user, Unchanged, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Write(byte* path, byte* data, int length)
    {
        int fd = LibC.open(path, LibC.O_WRONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, 0);
        if (fd < 0)
        {
            return LibC.errno;
        }

        nint written = (nint)LibC.write(fd, data, length);
        int errno = written == length ? 0 : written < 0 ? LibC.errno : InputOutputError;
        _ = LibC.close(fd);
        return errno;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SendRoute(byte* message, int length)
    {
        int socket = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, NetlinkRoute);
        if (socket < 0)
        {
            return LibC.errno;
        }

        int errno = (nint)LibC.send(socket, message, length, 0) == length ? ReceiveAcknowledgement(socket) : LibC.errno;
        _ = LibC.close(socket);
        return errno;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ReceiveAcknowledgement(int socket)
    {
        byte* answer = stackalloc byte[256];
        nint received;
        do
        {
            received = (nint)LibC.recv(socket, answer, 256, 0);
        }
        while (received < 0 && LibC.errno == Interrupted);

        if (received < 0)
        {
            return LibC.errno;
        }

        // nlmsghdr.nlmsg_type, then nlmsgerr.error: 0 or a negative error number.
        return received >= NetlinkHeaderLength + sizeof(int) && *(ushort*)(answer + 4) == NetlinkErrorMessage
            ? -*(int*)(answer + NetlinkHeaderLength)
            : InputOutputError;
    }
}
