using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Labels the volumes of a container for which the request wants it, so that the container may use them.</summary>
internal static class VolumeLabels
{
    /// <summary>Directories that belong to the machine: with another label on their files it would not start again.</summary>
    private static readonly HashSet<string> OfTheMachine =
    [
        "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv",
        "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/var/run", "/var/tmp",
    ];

    private static readonly string[] NeverBelow = ["/proc", "/sys", "/dev", "/boot", "/usr", "/etc"];

    /// <exception cref="CridException">InvalidArgument: a directory of the machine. FailedPrecondition: a file system refuses.</exception>
    public static void Apply(IReadOnlyList<MountSpec> mounts, string label, IHostFiles files, CancellationToken cancellationToken)
    {
        foreach (MountSpec mount in mounts.Where(static mount => mount.SelinuxRelabel && mount.HostPath.Length > 0))
        {
            string path = files.Resolve(mount.HostPath);
            if (OfTheMachine.Contains(path) || NeverBelow.Any(directory => ContainerPath.IsBelow(path, directory)))
            {
                throw CridException.InvalidArgument($"'{path}' belongs to the machine and can't get the SELinux label of a container");
            }

            try
            {
                SecurityLabels.SetAll(path, label, cancellationToken);
            }
            catch (LinuxException exception)
            {
                throw new CridException(ErrorKind.FailedPrecondition, $"label volume '{path}' for SELinux: {exception.Message}", exception);
            }
        }
    }
}
