using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Whose a file is; the default is root.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileOwner(uint UserId, uint GroupId);
