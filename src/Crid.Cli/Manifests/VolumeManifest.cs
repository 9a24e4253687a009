namespace Crid.Cli;

/// <summary>A volume: a path of the machine, an image, or an empty directory that lives as long as the pod.</summary>
/// <param name="HostPath">null: an image or an empty directory.</param>
/// <param name="HostPathType">As in Kubernetes: empty, Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice or BlockDevice.</param>
/// <param name="InMemory">The empty directory is kept in memory.</param>
/// <param name="Image">The image or artifact whose files it has; null for none.</param>
/// <param name="PullPolicy">When that is pulled.</param>
internal sealed record VolumeManifest(
    string Name, string? HostPath, string HostPathType = "", bool InMemory = false, string? Image = null, PullPolicy PullPolicy = PullPolicy.Missing);
