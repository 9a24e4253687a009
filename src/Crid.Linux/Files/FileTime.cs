using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A time of a file: seconds since 1970 and nanoseconds within the second.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileTime(long Seconds, uint Nanoseconds);
