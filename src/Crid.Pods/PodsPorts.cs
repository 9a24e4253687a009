using Crid.Core;
using Crid.Images;
using Crid.Keeper.Protocol;
using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Everything that sandboxes and containers are made with.</summary>
public sealed record PodsPorts
{
    public required CridDirectories Directories { get; init; }

    public required IPodNetwork Network { get; init; }

    public required IOciRuntimes Runtimes { get; init; }

    public required IInfraProcesses InfraProcesses { get; init; }

    public required IKeeper Keeper { get; init; }

    public required IImages Images { get; init; }

    public required ISnapshots Snapshots { get; init; }

    public required IImageVolumes ImageVolumes { get; init; }

    public required HostPorts Host { get; init; }
}
