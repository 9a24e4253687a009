namespace Crid.Oci;

/// <summary>The Linux part of a spec.</summary>
public sealed record OciLinux
{
    public required string CgroupsPath { get; init; }

    public required IReadOnlyList<OciNamespace> Namespaces { get; init; }

    public IReadOnlyList<OciDevice>? Devices { get; init; }

    public required OciResources Resources { get; init; }

    public string? RootfsPropagation { get; init; }

    public OciSeccomp? Seccomp { get; init; }

    public IReadOnlyList<string>? MaskedPaths { get; init; }

    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
}
