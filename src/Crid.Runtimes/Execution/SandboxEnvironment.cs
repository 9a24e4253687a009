using Crid.Core;

namespace Crid.Runtimes;

/// <summary>What a sandbox offers to its containers. A null path means: the host's.</summary>
public sealed record SandboxEnvironment
{
    public required SandboxId Id { get; init; }

    /// <summary>Pinned namespaces, for example /run/crid/ns/ID/net; null where the sandbox uses the host's.</summary>
    public string? NetworkNamespace { get; init; }

    public string? IpcNamespace { get; init; }

    public string? UtsNamespace { get; init; }

    /// <summary>The one that owns the others; null where the pod uses the host's.</summary>
    public string? UserNamespace { get; init; }

    /// <summary>The infra process, which owns the PID namespace that containers in mode POD join; null without one.</summary>
    public int? InfraPid { get; init; }

    /// <summary>The pod's /dev/shm; null for the host's (host IPC).</summary>
    public string? ShmPath { get; init; }

    /// <summary>The SELinux contexts of the pod; null where containers have none.</summary>
    public SelinuxLabels? Selinux { get; init; }

    public required string ResolvConfPath { get; init; }

    public required string HostnamePath { get; init; }

    public required string HostsPath { get; init; }

    /// <summary>The name that HOSTNAME gets.</summary>
    public required string Hostname { get; init; }
}
