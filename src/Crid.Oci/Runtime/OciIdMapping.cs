using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>A range of ids: those from <paramref name="ContainerId"/> inside are those from <paramref name="HostId"/> outside.</summary>
public sealed record OciIdMapping(
    [property: JsonPropertyName("containerID")] uint ContainerId,
    [property: JsonPropertyName("hostID")] uint HostId,
    uint Size);
