using Crid.Cri;
using Crid.Keeper.Protocol;

namespace Crid.Daemon;

/// <summary>Containers can be run while the keeper is there.</summary>
internal sealed class KeeperReadiness(KeeperClient keeper) : IRuntimeReadiness
{
    private static readonly RuntimeReadiness Ready = new(true, "", "");
    private static readonly RuntimeReadiness NotReady = new(false, "KeeperUnavailable", "crid-keeper can't be reached");

    public RuntimeReadiness GetReadiness() => keeper.IsConnected ? Ready : NotReady;
}
