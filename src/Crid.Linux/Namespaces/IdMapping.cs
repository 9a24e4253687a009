namespace Crid.Linux;

/// <summary>A line of uid_map or gid_map, user_namespaces(7): <paramref name="Length"/> ids from <paramref name="Inside"/> are those from <paramref name="Outside"/>.</summary>
public sealed record IdMapping(uint Inside, uint Outside, uint Length);
