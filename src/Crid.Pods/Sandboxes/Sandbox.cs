using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>A sandbox at one moment: its spec, which never changes, and its status, which is replaced as a whole.</summary>
public sealed record Sandbox(SandboxId Id, SandboxSpec Spec, SandboxStatus Status)
{
    internal Intent Intent { get; init; }

    /// <summary>The handler of its containers, which is not always the one that the request names: that may be empty.</summary>
    internal string RuntimeHandler => Status.RuntimeHandler ?? Spec.RuntimeHandler;

    /// <summary>Whether callers see it: not while it is being made.</summary>
    internal bool IsListed => Intent != Intent.Create;

    /// <summary>Whether it has a network of its own, which CNI plugins make.</summary>
    internal bool HasPodNetwork => Spec.Security.Namespaces.Network != NamespaceMode.Node;

    /// <summary>Whether its containers share a PID namespace, which a process of ours must own.</summary>
    internal bool HasInfraProcess => Spec.Security.Namespaces.Pid == NamespaceMode.Pod;

    internal bool IsReady => Status.State == SandboxState.Ready;
}
