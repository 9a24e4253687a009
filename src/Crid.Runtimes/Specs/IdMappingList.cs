using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Id mappings in the form of a spec.</summary>
internal static class IdMappingList
{
    public static IReadOnlyList<OciIdMapping> For(IReadOnlyList<IdMappingSpec> mappings) =>
        [.. mappings.Select(static mapping => new OciIdMapping(mapping.ContainerId, mapping.HostId, mapping.Length))];
}
