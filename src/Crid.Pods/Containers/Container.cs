using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>A container at one moment: its spec, which never changes, and its status, which is replaced as a whole.</summary>
public sealed record Container(ContainerId Id, SandboxId SandboxId, ContainerSpec Spec, ContainerStatus Status)
{
    internal Intent Intent { get; init; }

    internal ContainerIdentity Identity => new(SandboxId, Spec.Metadata);
}
