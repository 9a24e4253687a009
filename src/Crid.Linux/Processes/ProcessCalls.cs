using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Calls on processes.</summary>
internal static unsafe partial class ProcessCalls
{
    // The same numbers on every architecture; C libraries have had wrappers only since glibc 2.36.
    internal const nint SYS_pidfd_send_signal = 424;
    internal const nint SYS_pidfd_open = 434;

    internal const int P_ALL = 0;
    internal const int P_PID = 1;
    internal const int P_PIDFD = 3;

    internal const int WNOHANG = 1;
    internal const int WEXITED = 4;
    internal const int WNOWAIT = 0x01000000;

    internal const int CLD_EXITED = 1;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall_on(nint number, SafeFileHandle first, nint second, nint third, nint fourth);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int waitid(int kind, int id, SignalInformation* information, int options);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    // The posix_spawn family returns its error number; SetLastError only makes the generator write a method instead of a bare DllImport.
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int newFd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_addopen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_addchdir_np(void* actions, byte* path);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int posix_spawnattr_setpgroup(void* attributes, int group);

    /// <summary>The head of siginfo_t as waitid(2) fills it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct SignalInformation
    {
        [FieldOffset(8)]
        internal int Code;

        [FieldOffset(16)]
        internal int Pid;

        [FieldOffset(24)]
        internal int Status;
    }

    /// <summary>struct pidfd_info of linux/pidfd.h, its first version.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    internal struct PidfdInformation
    {
        internal const ulong MaskExit = 1 << 3;

        /// <summary>PIDFD_GET_INFO: _IOWR(0xFF, 11, 64 bytes).</summary>
        internal const nuint Request = 0xC040FF0B;

        [FieldOffset(0)]
        internal ulong Mask;

        [FieldOffset(60)]
        internal int ExitCode;
    }
}
