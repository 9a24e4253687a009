using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Runs a command in a running container to its end. It lives as long as its caller waits.</summary>
internal sealed class ExecInContainer(PodsContext context)
{
    public Task<ExecSyncResult> ExecuteAsync(string id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken caller)
    {
        Container container = context.Containers.Get(id);
        if (command.Count == 0)
        {
            throw CridException.InvalidArgument("the command is empty");
        }

        container.Status.Require(ContainerState.Running, $"execute in container '{container.Id.Short}'");
        return context.RuntimeOf(container).ExecSyncAsync(container.Id, command, timeout, caller);
    }
}
