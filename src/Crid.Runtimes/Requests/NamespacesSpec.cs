namespace Crid.Runtimes;

/// <summary>The namespace options of a sandbox or container; the defaults are those of an absent message: POD everywhere.</summary>
public sealed record NamespacesSpec
{
    public NamespaceMode Network { get; init; }

    public NamespaceMode Pid { get; init; }

    public NamespaceMode Ipc { get; init; }

    /// <summary>The container whose PID namespace is joined in mode Target.</summary>
    public string TargetId { get; init; } = "";

    /// <summary>Null where no user namespace options were sent.</summary>
    public UserNamespaceSpec? User { get; init; }

    /// <summary>The user namespace that the pod has of its own; null where it uses the node's.</summary>
    public UserNamespaceSpec? FindOwnUser() => User is { Mode: NamespaceMode.Pod } ? User : null;
}
