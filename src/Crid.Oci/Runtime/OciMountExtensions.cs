namespace Crid.Oci;

/// <summary>What an OCI runtime can do with mounts beyond mount(8).</summary>
public sealed record OciMountExtensions
{
    public OciFeature? Idmap { get; init; }
}
