using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>An entry of a directory; the kind is Unknown on file systems that do not keep it there.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DirectoryEntry(byte[] Name, FileKind Kind);
