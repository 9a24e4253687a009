namespace Crid.Oci;

/// <summary>Something that an OCI runtime was built with or not.</summary>
public sealed record OciFeature(bool Enabled);
