using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A child that has ended. <paramref name="ExitStatus"/> is 128 + signal where a signal ended it.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProcessEnd(int Pid, int ExitStatus);
