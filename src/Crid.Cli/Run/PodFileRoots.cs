using Crid.Core;

namespace Crid.Cli;

/// <summary>The directories that hold what <see cref="PodFiles"/> makes.</summary>
/// <param name="Memory">On a file system in memory.</param>
internal sealed record PodFileRoots(string Logs, string Volumes, string Memory)
{
    public static PodFileRoots Default { get; } = new("/var/log/pods", CridDirectories.DefaultRoot + "/pods", "/dev/shm/crid-pods");
}
