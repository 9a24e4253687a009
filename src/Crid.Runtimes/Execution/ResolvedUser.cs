namespace Crid.Runtimes;

/// <summary>The numeric user of a container; the groups include the primary one.</summary>
public sealed record ResolvedUser(long Uid, long Gid, IReadOnlyList<long> SupplementalGroups);
