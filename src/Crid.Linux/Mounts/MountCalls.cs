using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>The calls of the new mount API, fsopen(2) and its relatives, which libraries of older distributions do not wrap.</summary>
internal static unsafe partial class MountCalls
{
    public const int FsConfigSetFlag = 0;
    public const int FsConfigSetString = 1;
    public const int FsConfigCreate = 6;
    public const uint FsOpenCloseOnExec = 1;
    public const uint FsMountCloseOnExec = 1;
    public const uint MoveMountFromEmptyPath = 4;

    // The same on every architecture: these calls came after the tables were unified.
    private const nint MoveMountNumber = 429;
    private const nint FsOpenNumber = 430;
    private const nint FsConfigNumber = 431;
    private const nint FsMountNumber = 432;

    public static int FsOpen(byte* fileSystem, uint flags) => (int)Syscall(FsOpenNumber, (nint)fileSystem, (nint)flags, 0, 0, 0);

    public static int FsConfig(int fd, int command, byte* key, byte* value, int auxiliary) =>
        (int)Syscall(FsConfigNumber, fd, command, (nint)key, (nint)value, auxiliary);

    public static int FsMount(int fd, uint flags, uint attributes) => (int)Syscall(FsMountNumber, fd, (nint)flags, (nint)attributes, 0, 0);

    public static int MoveMount(int fromDirectory, byte* fromPath, int toDirectory, byte* toPath, uint flags) =>
        (int)Syscall(MoveMountNumber, fromDirectory, (nint)fromPath, toDirectory, (nint)toPath, (nint)flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}
