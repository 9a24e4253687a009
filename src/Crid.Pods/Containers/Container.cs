using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>A container at one moment: its spec, which never changes, and its status, which is replaced as a whole.</summary>
public sealed record Container(ContainerId Id, SandboxId SandboxId, ContainerSpec Spec, ContainerStatus Status)
{
    internal Intent Intent { get; init; }

    /// <summary>Whether callers see it: not while it is being made.</summary>
    internal bool IsListed => Intent != Intent.Create;

    internal ContainerIdentity Identity => new(SandboxId, Spec.Metadata);
}
