namespace Crid.Linux;

/// <summary>Where a sandbox's namespaces are pinned; null where it has none of its own.</summary>
public sealed record NamespacePaths(string? Network, string? Ipc, string? Uts, string? User = null);
