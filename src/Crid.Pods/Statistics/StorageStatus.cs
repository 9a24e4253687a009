using Crid.Linux;

namespace Crid.Pods;

/// <summary>A file system and the device that it is on.</summary>
/// <param name="Device">As in the mount table, for example /dev/sda1.</param>
public sealed record StorageStatus(string Device, FileSystemStatus FileSystem);
