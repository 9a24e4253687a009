using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The directory of a sandbox: resolv.conf, hostname, hosts, and the shared memory file system of its containers.</summary>
public interface ISandboxFiles
{
    /// <summary>Makes the directory and all that is in it at the paths of the environment. Repeatable.</summary>
    void Create(SandboxSpec spec, SandboxEnvironment environment);

    /// <summary>Writes the hosts file of a pod on the pod network once its addresses are known.</summary>
    void WriteHosts(SandboxEnvironment environment, IReadOnlyList<string> addresses);

    /// <summary>Unmounts what is mounted in the directory and keeps the files; accepts sandboxes that have none.</summary>
    void Unmount(SandboxId id);

    /// <summary>Unmounts and deletes all; accepts sandboxes that have none.</summary>
    void Delete(SandboxId id);

    /// <summary>All sandboxes that have a directory.</summary>
    IReadOnlyList<SandboxId> List();
}
