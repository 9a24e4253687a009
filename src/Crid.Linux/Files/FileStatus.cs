using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>What statx(2) tells of a file.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileStatus
{
    /// <summary>Type and permission bits of stat(2).</summary>
    public required uint Mode { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    public required ulong Inode { get; init; }

    public required uint Links { get; init; }

    public required ulong Size { get; init; }

    /// <summary>Bytes that the file takes on its device.</summary>
    public required ulong AllocatedBytes { get; init; }

    /// <summary>Major and minor number where the file is a device node.</summary>
    public required (uint Major, uint Minor) Device { get; init; }

    public required FileTime Modified { get; init; }

    public FileKind Kind => (FileKind)(Mode & 0xF000);
}
