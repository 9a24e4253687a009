using Crid.Core;

namespace Crid.Pods;

/// <summary>Lets the keeper close a container's log file and open its path anew, after the file was renamed.</summary>
internal sealed class ReopenContainerLog(PodsContext context)
{
    public Task ExecuteAsync(string id, CancellationToken caller)
    {
        Container container = context.Containers.Get(id);
        string doing = $"reopen the log of container '{container.Id.Short}'";
        container.Status.Require(ContainerState.Running, doing);
        return container.Status.LogPath.Length > 0
            ? context.Ports.Keeper.ReopenLogAsync(container.Id.Value, caller)
            : throw CridException.FailedPrecondition($"{doing}: it has none");
    }
}
