namespace Crid.Oci;

/// <summary>The root file system of a container.</summary>
public sealed record OciRoot
{
    public required string Path { get; init; }

    public bool Readonly { get; init; }
}
