namespace Crid.Runtimes;

/// <summary>A range of ids: <paramref name="Length"/> ids from <paramref name="ContainerId"/> are those from <paramref name="HostId"/> on the host.</summary>
public sealed record IdMappingSpec(uint HostId, uint ContainerId, uint Length);
