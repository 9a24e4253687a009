using Crid.Pods;

namespace Crid.Cri;

/// <summary>Events in the CRI's words.</summary>
internal static class EventMapper
{
    public static Api.ContainerEventResponse ToMessage(PodEvent podEvent)
    {
        Api.ContainerEventResponse response = new()
        {
            ContainerId = podEvent.Id,
            ContainerEventType = (Api.ContainerEventType)podEvent.Kind,
            CreatedAt = Timestamps.ToNanoseconds(podEvent.At),
            PodSandboxStatus = SandboxMapper.ToStatus(podEvent.Sandbox),
        };
        response.ContainersStatuses.Add(podEvent.Containers.Select(ContainerMapper.ToStatus));
        return response;
    }
}
