namespace Crid.Images;

/// <summary>The user namespace that a root file system is for: its ids are mapped as the namespace maps them.</summary>
/// <param name="UserNamespace">The path of the pinned namespace.</param>
/// <param name="RootUserId">What its user 0 is outside.</param>
/// <param name="RootGroupId">What its group 0 is outside.</param>
public sealed record SnapshotOwner(string UserNamespace, uint RootUserId, uint RootGroupId);
