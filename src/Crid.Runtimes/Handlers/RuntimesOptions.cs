using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Which OCI runtimes there are.</summary>
public sealed record RuntimesOptions
{
    private static readonly string[] KnownRuntimes = ["runc", "crun"];
    private static readonly string[] Directories = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

    /// <summary>Bytes that the path of the directory for run-time state may have: below it are the sockets of terminals, whose paths are limited.</summary>
    public static int MaxRunDirectoryLength =>
        UnixSocket.MaxPathLength - new Bundle(new CridDirectories(Root: "", Run: "").Container(ContainerId.New())).ExecConsolePath().Length;

    /// <summary>The handler of pods that name none; empty for the first of <see cref="Handlers"/>.</summary>
    public string DefaultHandler { get; init; } = "";

    /// <summary>By the name that a RuntimeClass gives; empty for those of runc and crun that are installed.</summary>
    public IReadOnlyList<RuntimeHandlerOptions> Handlers { get; init; } = [];

    /// <summary>How long a call of an OCI runtime may take, with the hooks that it runs. Then it is killed.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Null: systemd where it runs and the machine has cgroup v2, else cgroupfs.</summary>
    public CgroupDriver? CgroupDriver { get; init; }

    /// <summary>Containers get SELinux contexts where the machine has SELinux.</summary>
    public bool Selinux { get; init; }

    /// <summary>Devices that a request names belong to the user and the group that it names, and not to their owners on the host.</summary>
    public bool DeviceOwnershipFromSecurityContext { get; init; }

    /// <summary>Where CDI files are; a later directory wins.</summary>
    public IReadOnlyList<string> CdiDirectories { get; init; } = ["/etc/cdi", "/var/run/cdi"];

    /// <summary>Where files with hooks for all runtimes are; a file in a later directory takes the place of its namesake.</summary>
    public IReadOnlyList<string> HookDirectories { get; init; } = ["/usr/share/containers/oci/hooks.d"];

    /// <summary>The runtimes that are found in the usual directories, runc first.</summary>
    public static IReadOnlyList<RuntimeHandlerOptions> Discover() =>
    [
        .. KnownRuntimes
            .Select(static name => (Name: name, Path: Directories.Select(directory => $"{directory}/{name}").FirstOrDefault(File.Exists)))
            .Where(static found => found.Path is not null)
            .Select(static found => new RuntimeHandlerOptions { Name = found.Name, Path = found.Path! }),
    ];
}
