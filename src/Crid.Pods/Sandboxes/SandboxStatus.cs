using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What changes of a sandbox.</summary>
public sealed record SandboxStatus
{
    public required SandboxState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// The runtime handler that it is made with, by its real name: what its runtime keeps of containers no other one knows, also when another has
    /// become the default. Null in rows of older versions.
    /// </summary>
    public string? RuntimeHandler { get; init; }

    /// <summary>Addresses of the pod, the primary one first; empty on the host network.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The raw CNI result; empty on the host network.</summary>
    public string NetworkResultJson { get; init; } = "";

    /// <summary>What containers join; null once it is released.</summary>
    public SandboxEnvironment? Environment { get; init; }

    /// <summary>Start time of the infra process, which with its pid names it beyond pid reuse.</summary>
    public ulong InfraStartTimeTicks { get; init; }

    /// <summary>Resources as last updated.</summary>
    public ResourcesSpec? Resources { get; init; }

    public ResourcesSpec? Overhead { get; init; }

    internal InfraProcess? Infra => Environment?.InfraPid is int pid ? new InfraProcess(pid, InfraStartTimeTicks) : null;

    /// <summary>All is made: containers may come.</summary>
    internal SandboxStatus ToReady(PodAddresses? network) => this with
    {
        State = SandboxState.Ready,
        Addresses = network?.Addresses ?? [],
        NetworkResultJson = network?.ResultJson ?? "",
    };

    /// <summary>The same sandbox with the process that owns its PID namespace.</summary>
    internal SandboxStatus WithInfra(InfraProcess infra) => this with
    {
        Environment = Environment is null ? null : Environment with { InfraPid = infra.Pid },
        InfraStartTimeTicks = infra.StartTimeTicks,
    };

    /// <summary>The same sandbox without the process that owned its PID namespace.</summary>
    internal SandboxStatus WithoutInfra() => this with
    {
        Environment = Environment is null ? null : Environment with { InfraPid = null },
        InfraStartTimeTicks = 0,
    };

    /// <summary>No container can be made any more; what it holds is still to be released.</summary>
    internal SandboxStatus ToNotReady() => this with { State = SandboxState.NotReady };

    /// <summary>Nothing is held any more: network, namespaces, infra process and mounts are gone.</summary>
    internal SandboxStatus ToReleased() => this with
    {
        State = SandboxState.NotReady,
        Environment = null,
        Addresses = [],
        NetworkResultJson = "",
        InfraStartTimeTicks = 0,
    };
}
