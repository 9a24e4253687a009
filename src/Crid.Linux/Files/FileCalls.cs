using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Calls on files as in section 2 of the manual that Tmds.LibC does not declare.</summary>
internal static unsafe partial class FileCalls
{
    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint GetDirectoryEntries(int fd, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int SetAttribute(int fd, byte* name, byte* value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int SetAttributeNoFollow(byte* path, byte* name, byte* value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint GetAttributeNoFollow(byte* path, byte* name, byte* value, nint size);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint ListAttributesNoFollow(byte* path, byte* names, nint size);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int Rename(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeMode(byte* path, uint mode);
}
