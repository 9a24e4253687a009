namespace Crid.Oci;

/// <summary>A namespace that a container gets: a new one, or the one at <paramref name="Path"/>. A kind that is not listed is the runtime's own.</summary>
public sealed record OciNamespace(string Type, string? Path = null);
