using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Runs commands in running containers to their end. A command lives as long as its caller waits.</summary>
internal sealed class ExecInContainer(PodsContext context)
{
    public Task<ExecSyncResult> ExecuteAsync(string id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken caller)
    {
        Container container = GetRunning(id, command);
        return context.RuntimeOf(container).ExecSyncAsync(container.Id, command, timeout, caller);
    }

    public Task<int> StreamAsync(string id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken client)
    {
        Container container = GetRunning(id, command);
        return context.RuntimeOf(container).ExecAsync(container.Id, command, terminal, streams, client);
    }

    private Container GetRunning(string id, IReadOnlyList<string> command)
    {
        Container container = context.Containers.Get(id);
        if (command.Count == 0)
        {
            throw CridException.InvalidArgument("the command is empty");
        }

        container.Status.Require(ContainerState.Running, $"execute in container '{container.Id.Short}'");
        return container;
    }
}
