using System.Runtime.InteropServices;

namespace Crid.Core;

/// <summary>The size of a terminal in characters; neither is ever 0.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TerminalSize(ushort Width, ushort Height);
