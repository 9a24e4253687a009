using Crid.Core;

namespace Crid.Pods;

/// <summary>A container that the OCI runtime of a handler still has in its state directory.</summary>
public sealed record RuntimeState(string Handler, ContainerId Id);
