using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Capacity and use of a file system: statvfs(3).</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileSystemStatus(ulong TotalBytes, ulong FreeBytes, ulong AvailableBytes, ulong TotalInodes, ulong FreeInodes);
