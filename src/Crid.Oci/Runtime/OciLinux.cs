namespace Crid.Oci;

/// <summary>The Linux part of a spec.</summary>
public sealed record OciLinux
{
    public required string CgroupsPath { get; init; }

    public required IReadOnlyList<OciNamespace> Namespaces { get; init; }

    /// <summary>The mappings of the user namespace; null without one.</summary>
    public IReadOnlyList<OciIdMapping>? UidMappings { get; init; }

    public IReadOnlyList<OciIdMapping>? GidMappings { get; init; }

    public IReadOnlyList<OciDevice>? Devices { get; init; }

    /// <summary>By the name that the interface has on the host.</summary>
    public IReadOnlyDictionary<string, OciNetDevice>? NetDevices { get; init; }

    public required OciResources Resources { get; init; }

    /// <summary>The SELinux context of the file systems that the runtime mounts.</summary>
    public string? MountLabel { get; init; }

    public string? RootfsPropagation { get; init; }

    public OciSeccomp? Seccomp { get; init; }

    public IReadOnlyList<string>? MaskedPaths { get; init; }

    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
}
