namespace Crid.Core;

/// <summary>Where everything of crid lies. Nothing else in the program joins these paths.</summary>
/// <param name="Root">Durable state, by default /var/lib/crid; mode 0700.</param>
/// <param name="Run">State of this boot, by default /run/crid; mode 0711, for the namespaces that CNI plugins open by path.</param>
public sealed record CridDirectories(string Root, string Run)
{
    public const string DefaultRoot = "/var/lib/crid";
    public const string DefaultRun = "/run/crid";

    public string Database => $"{Root}/crid.db";

    /// <summary>Layers by number: <c>layers/N/fs</c>.</summary>
    public string Layers => $"{Root}/layers";

    /// <summary>Partial layers and other files that a crash may leave; emptied at start.</summary>
    public string Temporary => $"{Root}/tmp";

    /// <summary>Upper and work directories of containers.</summary>
    public string Snapshots => $"{Root}/containers";

    /// <summary>The socket of the CRI.</summary>
    public string Socket => $"{Run}/crid.sock";

    /// <summary>Locked by the daemon that serves the socket.</summary>
    public string DaemonLock => $"{Run}/crid.lock";

    /// <summary>Locked by the daemon and every program that it runs.</summary>
    public string ProgramLock => $"{Run}/programs.lock";

    public string DaemonPid => $"{Run}/crid.pid";

    /// <summary>Messages of a keeper that the daemon has started itself.</summary>
    public string KeeperLog => $"{Run}/keeper.log";

    public string KeeperSocket => $"{Run}/keeper.sock";

    /// <summary>State and exit files of the keeper.</summary>
    public string Keeper => $"{Run}/keeper";

    /// <summary>The default AppArmor profile, for the program that loads it.</summary>
    public string AppArmorProfile => $"{Run}/apparmor-profile";

    public string Containers => $"{Run}/containers";

    public string Sandboxes => $"{Run}/sandboxes";

    /// <summary>Where namespaces are pinned, a directory for each sandbox; itself a private mount.</summary>
    public string Namespaces => $"{Run}/ns";

    /// <summary>The state directories of OCI runtimes, one for each handler.</summary>
    public string Runtimes => $"{Run}/runtimes";

    /// <summary>Bundle, pid file, FIFOs and mounted rootfs of a container.</summary>
    public string Container(ContainerId id) => $"{Containers}/{id.Value}";

    /// <summary>Where the images among a container's volumes are mounted.</summary>
    public string ImageVolumes(ContainerId id) => $"{Container(id)}/volumes";

    /// <summary>What a container has written: the upper directory of its overlay.</summary>
    public string WritableLayer(ContainerId id) => $"{Snapshots}/{id.Value}/upper";

    /// <summary>resolv.conf, hostname, hosts and shm of a sandbox.</summary>
    public string Sandbox(SandboxId id) => $"{Sandboxes}/{id.Value}";

    public string SandboxNamespaces(SandboxId id) => $"{Namespaces}/{id.Value}";
}
