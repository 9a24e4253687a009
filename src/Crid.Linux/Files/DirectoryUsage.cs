using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>What a directory with all below it takes on its file system; a file with several names counts once.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DirectoryUsage(ulong Bytes, ulong Inodes);
