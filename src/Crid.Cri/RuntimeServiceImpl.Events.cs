using Crid.Pods;
using Grpc.Core;

namespace Crid.Cri;

/// <content>What happens to containers and sandboxes.</content>
public sealed partial class RuntimeServiceImpl
{
    public override async Task GetContainerEvents(
        Api.GetEventsRequest request, IServerStreamWriter<Api.ContainerEventResponse> responseStream, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(responseStream);
        using PodEventStream events = _events.Subscribe();

        // Sent at once rather than with the first event: they tell the caller that none is missed from here on.
        await context.WriteResponseHeadersAsync([]);
        await foreach (PodEvent podEvent in events.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(EventMapper.ToMessage(podEvent), context.CancellationToken);
        }
    }
}
