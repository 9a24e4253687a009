namespace Crid.Daemon;

/// <summary>The file system that a path is on.</summary>
internal sealed record HostFileSystem(string Type, long TotalBytes, long AvailableBytes);
