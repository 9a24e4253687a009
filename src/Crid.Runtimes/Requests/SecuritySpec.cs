namespace Crid.Runtimes;

/// <summary>The security context of a sandbox or a container.</summary>
public sealed record SecuritySpec
{
    public NamespacesSpec Namespaces { get; init; } = new();

    public bool Privileged { get; init; }

    /// <summary>Null keeps the default capabilities (containers only).</summary>
    public CapabilitiesSpec? Capabilities { get; init; }

    public long? RunAsUser { get; init; }

    public string RunAsUsername { get; init; } = "";

    public long? RunAsGroup { get; init; }

    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];

    public SupplementalGroupsPolicy SupplementalGroupsPolicy { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public bool NoNewPrivileges { get; init; }

    /// <summary>Null leaves the container unconfined; the mapper has already folded the deprecated string fields in.</summary>
    public SecurityProfileSpec? Seccomp { get; init; }

    public SecurityProfileSpec? AppArmor { get; init; }

    public SelinuxSpec? Selinux { get; init; }

    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];
}
