using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>A descriptor of a kept process that outlives the keeper in its client's hands.</summary>
public sealed record HeldFile(HeldKind Kind, SafeFileHandle File);
