namespace Crid.Oci;

/// <summary>A limit in bytes for one huge page size.</summary>
public sealed record OciHugepageLimit(string PageSize, ulong Limit);
