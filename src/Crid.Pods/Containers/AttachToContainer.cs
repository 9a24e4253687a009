using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Connects clients to the stdio of running containers.</summary>
internal sealed class AttachToContainer(PodsContext context)
{
    public Task ExecuteAsync(string id, ProcessStreams streams, CancellationToken client)
    {
        Container container = context.Containers.Get(id);
        container.Status.Require(ContainerState.Running, $"attach to container '{container.Id.Short}'");
        return context.RuntimeOf(container).AttachAsync(container.Id, container.Spec.Tty, container.Spec.StdinOnce, streams, client);
    }
}
