namespace Crid.Runtimes;

/// <summary>A user namespace and its id mappings.</summary>
public sealed record UserNamespaceSpec(NamespaceMode Mode, IReadOnlyList<IdMappingSpec> Uids, IReadOnlyList<IdMappingSpec> Gids);
