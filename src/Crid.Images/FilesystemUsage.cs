namespace Crid.Images;

/// <summary>What a store uses of the file system at <paramref name="Mountpoint"/>, at the given time.</summary>
public sealed record FilesystemUsage(string Mountpoint, ulong UsedBytes, ulong InodesUsed, DateTimeOffset Timestamp);
