namespace Crid.Oci;

/// <summary>The Linux part of what an OCI runtime says of itself.</summary>
public sealed record OciLinuxFeatures
{
    public IReadOnlyList<string>? Namespaces { get; init; }

    public OciMountExtensions? MountExtensions { get; init; }

    /// <summary>Moving network interfaces of the host into a container.</summary>
    public OciFeature? NetDevices { get; init; }
}
