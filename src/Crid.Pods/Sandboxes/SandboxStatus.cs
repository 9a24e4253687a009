using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What changes of a sandbox.</summary>
public sealed record SandboxStatus
{
    public required SandboxState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Addresses of the pod, the primary one first; empty on the host network.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The raw CNI result; empty on the host network.</summary>
    public string NetworkResultJson { get; init; } = "";

    /// <summary>What containers join; null until it is made.</summary>
    public SandboxEnvironment? Environment { get; init; }

    /// <summary>Start time of the infra process, which with its pid names it beyond pid reuse.</summary>
    public ulong InfraStartTimeTicks { get; init; }

    /// <summary>Resources as last updated.</summary>
    public ResourcesSpec? Resources { get; init; }

    public ResourcesSpec? Overhead { get; init; }
}
