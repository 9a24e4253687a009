using Crid.Core;

namespace Crid.Runtimes;

/// <summary>A user namespace and its id mappings.</summary>
public sealed record UserNamespaceSpec(NamespaceMode Mode, IReadOnlyList<IdMappingSpec> Uids, IReadOnlyList<IdMappingSpec> Gids)
{
    /// <summary>What a user of the namespace is outside.</summary>
    /// <exception cref="CridException">InvalidArgument: it is not mapped.</exception>
    public uint ToHostUser(long id) => Map(Uids, id, "user");

    /// <summary>What a group of the namespace is outside.</summary>
    /// <exception cref="CridException">InvalidArgument: it is not mapped.</exception>
    public uint ToHostGroup(long id) => Map(Gids, id, "group");

    internal bool HasGroup(long id) => Gids.Any(mapping => Contains(mapping, id));

    internal bool IsSameAs(UserNamespaceSpec other) => Mode == other.Mode && Uids.SequenceEqual(other.Uids) && Gids.SequenceEqual(other.Gids);

    private static uint Map(IReadOnlyList<IdMappingSpec> mappings, long id, string kind) =>
        mappings.FirstOrDefault(mapping => Contains(mapping, id)) is { } found
            ? found.HostId + (uint)(id - found.ContainerId)
            : throw CridException.InvalidArgument($"{kind} {id} is not among the ids that the pod's user namespace maps");

    private static bool Contains(IdMappingSpec mapping, long id) => id >= mapping.ContainerId && id - mapping.ContainerId < mapping.Length;
}
