namespace Crid.Runtimes;

/// <summary>Everything that a spec is made from.</summary>
internal sealed record SpecInput
{
    public required ContainerCreation Creation { get; init; }

    public required ResolvedUser User { get; init; }

    public required string CgroupPath { get; init; }

    /// <summary>Path of the PID namespace to join; null where there is none.</summary>
    public string? PidNamespace { get; init; }

    /// <summary>The handler's runtime knows recursive read-only mounts.</summary>
    public required bool RecursiveReadOnlyMounts { get; init; }

    /// <summary>The handler's runtime knows user namespaces and id-mapped mounts.</summary>
    public required bool UserNamespaces { get; init; }

    /// <summary>The handler's runtime can move network interfaces of the host into a container.</summary>
    public bool NetworkDevices { get; init; }

    /// <summary>Devices that the request names belong to the user and the group that it names.</summary>
    public bool DeviceOwnershipFromSecurityContext { get; init; }

    /// <summary>The handler's rules.</summary>
    public HandlerRules Rules { get; init; } = new();

    /// <summary>What the container's CDI devices change, in order.</summary>
    public IReadOnlyList<CdiDeviceEdits> CdiEdits { get; init; } = [];

    /// <summary>The hooks of the operator, in order; which of them the container gets depends on it.</summary>
    public IReadOnlyList<HookRule> Hooks { get; init; } = [];

    /// <summary>Cancelled when nobody waits for the spec any more, and what the container was to consist of is removed.</summary>
    public CancellationToken Abandoned { get; init; }

    public ContainerSpec Spec => Creation.Spec;

    public SecuritySpec Security => Creation.Spec.Security;

    public SandboxEnvironment Environment => Creation.Environment;

    /// <summary>The container's SELinux contexts; null where it has none.</summary>
    public SelinuxLabels? Selinux => Environment.Selinux is { } ofPod ? SelinuxLabel.ForContainer(ofPod, Security.Selinux) : null;

    /// <summary>It gets all devices of the host.</summary>
    public bool HasHostDevices => Security.Privileged && !Rules.PrivilegedWithoutHostDevices;

    /// <summary>Its device cgroup allows everything, so that no device needs a rule.</summary>
    public bool AllowsAllDevices => Security.Privileged && (!Rules.PrivilegedWithoutHostDevices || Rules.AllDevicesAllowed);

    /// <summary>
    /// Which PID namespace it gets. POD is also what a request has that says nothing, so in a pod without a shared one the pod's own mode counts.
    /// </summary>
    public NamespaceMode PidMode =>
        Security.Namespaces.Pid == NamespaceMode.Pod ? Creation.Sandbox.Security.Namespaces.Pid : Security.Namespaces.Pid;

    /// <summary>The user namespace of the sandbox; null where it uses the node's.</summary>
    public UserNamespaceSpec? UserNamespace => Creation.Sandbox.Security.Namespaces.FindOwnUser();
}
