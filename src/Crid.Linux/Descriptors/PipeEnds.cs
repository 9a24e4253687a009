using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Both ends of a pipe.</summary>
public readonly record struct PipeEnds(SafeFileHandle Reader, SafeFileHandle Writer);
