namespace Crid.Oci;

/// <summary>What an OCI runtime says that it was built with: runtime-spec features.md. Only what crid reads.</summary>
public sealed record OciFeatures
{
    public string? OciVersionMax { get; init; }

    public IReadOnlyList<string>? MountOptions { get; init; }

    public OciLinuxFeatures? Linux { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
