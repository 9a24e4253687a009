using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>A descriptor became ready, named by the token that it was registered with.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ReadyEvent(ulong Token, Readiness Readiness);
