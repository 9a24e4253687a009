namespace Crid.Cri;

/// <summary>What a call is about, for its log line: ids and names, never credentials, environments or whole messages.</summary>
internal static class CallSubject
{
    /// <summary>Whether a successful call changed something on this node that is worth a line; probes are too many for one each.</summary>
    public static bool IsChange(object request) => request
        is Api.RunPodSandboxRequest or Api.StopPodSandboxRequest or Api.RemovePodSandboxRequest or Api.UpdatePodSandboxResourcesRequest
        or Api.CreateContainerRequest or Api.StartContainerRequest or Api.StopContainerRequest or Api.RemoveContainerRequest
        or Api.UpdateContainerResourcesRequest or Api.ReopenContainerLogRequest or Api.UpdateRuntimeConfigRequest
        or Api.ExecRequest or Api.AttachRequest or Api.PortForwardRequest
        or Api.PullImageRequest or Api.RemoveImageRequest or Api.ImportImageRequest;

    /// <summary>Ids and names in a request or response; empty where it has none.</summary>
    public static string Of(object message) => message switch
    {
        Api.RunPodSandboxRequest request => Name(request.Config),
        Api.RunPodSandboxResponse response => response.PodSandboxId,
        Api.StopPodSandboxRequest request => request.PodSandboxId,
        Api.RemovePodSandboxRequest request => request.PodSandboxId,
        Api.PodSandboxStatusRequest request => request.PodSandboxId,
        Api.UpdatePodSandboxResourcesRequest request => request.PodSandboxId,
        Api.CreateContainerRequest request => $"{request.Config?.Metadata?.Name} in {request.PodSandboxId}",
        Api.CreateContainerResponse response => response.ContainerId,
        Api.StartContainerRequest request => request.ContainerId,
        Api.StopContainerRequest request => request.ContainerId,
        Api.RemoveContainerRequest request => request.ContainerId,
        Api.ContainerStatusRequest request => request.ContainerId,
        Api.ContainerStatsRequest request => request.ContainerId,
        Api.PodSandboxStatsRequest request => request.PodSandboxId,
        Api.UpdateContainerResourcesRequest request => request.ContainerId,
        Api.ReopenContainerLogRequest request => request.ContainerId,
        Api.ExecSyncRequest request => request.ContainerId,
        Api.ExecRequest request => request.ContainerId,
        Api.AttachRequest request => request.ContainerId,
        Api.PortForwardRequest request => request.PodSandboxId,
        Api.UpdateRuntimeConfigRequest request => request.RuntimeConfig?.NetworkConfig?.PodCidr ?? "",
        Api.PullImageRequest request => request.Image?.Image ?? "",
        Api.PullImageResponse response => response.ImageRef,
        Api.RemoveImageRequest request => request.Image?.Image ?? "",
        Api.ImageStatusRequest request => request.Image?.Image ?? "",
        Api.ImportImageRequest request => request.Path,
        _ => "",
    };

    private static string Name(Api.PodSandboxConfig? config) => $"{config?.Metadata?.Namespace}/{config?.Metadata?.Name}";
}
