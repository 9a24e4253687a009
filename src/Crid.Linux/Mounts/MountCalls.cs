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
    public const uint OpenTreeClone = 1;
    public const uint OpenTreeCloseOnExec = 0x80000;
    public const uint EmptyPath = 0x1000;
    public const uint Recursive = 0x8000;
    public const ulong AttributeReadOnly = 1;
    public const ulong AttributeIdMap = 0x100000;

    // The same on every architecture: these calls came after the tables were unified.
    private const nint OpenTreeNumber = 428;
    private const nint MoveMountNumber = 429;
    private const nint FsOpenNumber = 430;
    private const nint FsConfigNumber = 431;
    private const nint FsMountNumber = 432;
    private const nint MountSetAttributesNumber = 442;

    public static int FsOpen(byte* fileSystem, uint flags) => (int)Syscall(FsOpenNumber, (nint)fileSystem, (nint)flags, 0, 0, 0);

    public static int FsConfig(int fd, int command, byte* key, byte* value, int auxiliary) =>
        (int)Syscall(FsConfigNumber, fd, command, (nint)key, (nint)value, auxiliary);

    public static int FsMount(int fd, uint flags, uint attributes) => (int)Syscall(FsMountNumber, fd, (nint)flags, (nint)attributes, 0, 0);

    public static int MoveMount(int fromDirectory, byte* fromPath, int toDirectory, byte* toPath, uint flags) =>
        (int)Syscall(MoveMountNumber, fromDirectory, (nint)fromPath, toDirectory, (nint)toPath, (nint)flags);

    public static int OpenTree(int directory, byte* path, uint flags) => (int)Syscall(OpenTreeNumber, directory, (nint)path, (nint)flags, 0, 0);

    public static int MountSetAttributes(int directory, byte* path, uint flags, MountAttributes* attributes) =>
        (int)Syscall(MountSetAttributesNumber, directory, (nint)path, (nint)flags, (nint)attributes, sizeof(MountAttributes));

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    /// <summary>struct mount_attr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }
}
