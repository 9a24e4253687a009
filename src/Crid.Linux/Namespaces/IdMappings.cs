namespace Crid.Linux;

/// <summary>Which users and groups of the machine those of a user namespace are.</summary>
public sealed record IdMappings(IReadOnlyList<IdMapping> Users, IReadOnlyList<IdMapping> Groups);
