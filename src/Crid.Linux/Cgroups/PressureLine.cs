using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A line of a pressure file.</summary>
/// <param name="TotalMicroseconds">Time of waiting since the cgroup was made.</param>
/// <param name="Average10">Percent of the last 10 seconds; likewise 60 and 300.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PressureLine(ulong TotalMicroseconds, double Average10, double Average60, double Average300);
