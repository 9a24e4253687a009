using Crid.Core;
using Crid.Pods;
using Crid.Runtimes;
using Grpc.Core;

namespace Crid.Cri;

/// <content>Containers.</content>
public sealed partial class RuntimeServiceImpl
{
    public override async Task<Api.CreateContainerResponse> CreateContainer(Api.CreateContainerRequest request, ServerCallContext context)
    {
        string sandboxId = Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id");
        ContainerSpec spec = ContainerMapper.ToSpec(request);
        ContainerId id = await _containers.CreateAsync(sandboxId, spec, context.CancellationToken);
        return new Api.CreateContainerResponse { ContainerId = id.Value };
    }

    public override async Task<Api.StartContainerResponse> StartContainer(Api.StartContainerRequest request, ServerCallContext context)
    {
        await _containers.StartAsync(Require.NotEmpty(request.ContainerId, "container_id"), context.CancellationToken);
        return new Api.StartContainerResponse();
    }

    public override async Task<Api.StopContainerResponse> StopContainer(Api.StopContainerRequest request, ServerCallContext context)
    {
        TimeSpan gracePeriod = Require.Seconds(request.Timeout, "timeout");
        await _containers.StopAsync(Require.NotEmpty(request.ContainerId, "container_id"), gracePeriod, context.CancellationToken);
        return new Api.StopContainerResponse();
    }

    public override async Task<Api.RemoveContainerResponse> RemoveContainer(Api.RemoveContainerRequest request, ServerCallContext context)
    {
        await _containers.RemoveAsync(Require.NotEmpty(request.ContainerId, "container_id"), context.CancellationToken);
        return new Api.RemoveContainerResponse();
    }

    public override Task<Api.ContainerStatusResponse> ContainerStatus(Api.ContainerStatusRequest request, ServerCallContext context)
    {
        Container container = _containers.Get(Require.NotEmpty(request.ContainerId, "container_id"));
        Api.ContainerStatusResponse response = new() { Status = ContainerMapper.ToStatus(container) };
        if (request.Verbose)
        {
            response.Info.Add(VerboseInfo.Key, ContainerInfo.ToJson(container));
        }

        return Task.FromResult(response);
    }

    public override Task<Api.ListContainersResponse> ListContainers(Api.ListContainersRequest request, ServerCallContext context)
    {
        Api.ListContainersResponse response = new();
        response.Containers.Add(_containers.List(ContainerMapper.ToFilter(request.Filter)).Select(ContainerMapper.ToListItem));
        return Task.FromResult(response);
    }

    public override Task StreamContainers(
        Api.StreamContainersRequest request, IServerStreamWriter<Api.StreamContainersResponse> responseStream, ServerCallContext context)
    {
        IReadOnlyList<Container> containers = _containers.List(ContainerMapper.ToFilter(request.Filter));
        return StreamedList.SendAsync(containers, ToPart, responseStream, context.CancellationToken);

        static Api.StreamContainersResponse ToPart(IEnumerable<Container> part)
        {
            Api.StreamContainersResponse response = new();
            response.Containers.Add(part.Select(ContainerMapper.ToListItem));
            return response;
        }
    }

    public override async Task<Api.UpdateContainerResourcesResponse> UpdateContainerResources(
        Api.UpdateContainerResourcesRequest request, ServerCallContext context)
    {
        string id = Require.NotEmpty(request.ContainerId, "container_id");
        await _containers.UpdateResourcesAsync(id, ResourcesMapper.ToSpec(request), context.CancellationToken);
        return new Api.UpdateContainerResourcesResponse();
    }

    public override async Task<Api.ReopenContainerLogResponse> ReopenContainerLog(Api.ReopenContainerLogRequest request, ServerCallContext context)
    {
        await _containers.ReopenLogAsync(Require.NotEmpty(request.ContainerId, "container_id"), context.CancellationToken);
        return new Api.ReopenContainerLogResponse();
    }

    public override async Task<Api.ExecSyncResponse> ExecSync(Api.ExecSyncRequest request, ServerCallContext context)
    {
        string id = Require.NotEmpty(request.ContainerId, "container_id");
        (IReadOnlyList<string> command, TimeSpan? timeout) = ExecMapper.ToCommand(request);
        ExecSyncResult result = await _containers.ExecSyncAsync(id, command, timeout, context.CancellationToken);
        return ExecMapper.ToResponse(result);
    }
}
