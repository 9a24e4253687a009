using System.Diagnostics.CodeAnalysis;

namespace Crid.Runtimes;

/// <summary>What a CDI device changes in the spec of a container that gets it.</summary>
internal sealed record CdiEdits
{
    /// <summary><c>NAME=VALUE</c>.</summary>
    [AllowNull]
    public IReadOnlyList<string> Env { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<CdiDeviceNode> DeviceNodes { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<CdiNetworkDevice> NetDevices { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<CdiMount> Mounts { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<CdiHook> Hooks { get; init => field = value ?? []; } = [];

    public CdiIntelRdt? IntelRdt { get; init; }

    [AllowNull]
    public IReadOnlyList<uint> AdditionalGids { get; init => field = value ?? []; } = [];

    public bool IsEmpty =>
        Env.Count + DeviceNodes.Count + NetDevices.Count + Mounts.Count + Hooks.Count + AdditionalGids.Count == 0 && IntelRdt is null;
}
