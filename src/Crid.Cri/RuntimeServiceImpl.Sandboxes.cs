using Crid.Core;
using Crid.Pods;
using Crid.Runtimes;
using Grpc.Core;

namespace Crid.Cri;

/// <content>Sandboxes.</content>
public sealed partial class RuntimeServiceImpl
{
    public override async Task<Api.RunPodSandboxResponse> RunPodSandbox(Api.RunPodSandboxRequest request, ServerCallContext context)
    {
        SandboxSpec spec = SandboxMapper.ToSpec(request);
        SandboxId id = await _sandboxes.RunAsync(spec, context.CancellationToken);
        return new Api.RunPodSandboxResponse { PodSandboxId = id.Value };
    }

    public override async Task<Api.StopPodSandboxResponse> StopPodSandbox(Api.StopPodSandboxRequest request, ServerCallContext context)
    {
        await _sandboxes.StopAsync(Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id"), context.CancellationToken);
        return new Api.StopPodSandboxResponse();
    }

    public override async Task<Api.RemovePodSandboxResponse> RemovePodSandbox(Api.RemovePodSandboxRequest request, ServerCallContext context)
    {
        await _sandboxes.RemoveAsync(Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id"), context.CancellationToken);
        return new Api.RemovePodSandboxResponse();
    }

    public override Task<Api.PodSandboxStatusResponse> PodSandboxStatus(Api.PodSandboxStatusRequest request, ServerCallContext context)
    {
        // The time first: an event that comes between the two is then newer than this answer and not thrown away for it.
        long timestamp = Timestamps.ToNanoseconds(_time.GetUtcNow());
        Sandbox sandbox = _sandboxes.Get(Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id"));
        Api.PodSandboxStatusResponse response = new() { Status = SandboxMapper.ToStatus(sandbox), Timestamp = timestamp };
        IReadOnlyList<Container> containers = _containers.List(new ContainerFilter(Id: null, sandbox.Id.Value, State: null, Labels: null));
        response.ContainersStatuses.Add(containers.Select(ContainerMapper.ToStatus));
        if (request.Verbose)
        {
            response.Info.Add(VerboseInfo.Key, SandboxInfo.ToJson(sandbox));
        }

        return Task.FromResult(response);
    }

    public override Task<Api.ListPodSandboxResponse> ListPodSandbox(Api.ListPodSandboxRequest request, ServerCallContext context)
    {
        Api.ListPodSandboxResponse response = new();
        response.Items.Add(_sandboxes.List(SandboxMapper.ToFilter(request.Filter)).Select(SandboxMapper.ToListItem));
        return Task.FromResult(response);
    }

    public override Task StreamPodSandboxes(
        Api.StreamPodSandboxesRequest request, IServerStreamWriter<Api.StreamPodSandboxesResponse> responseStream, ServerCallContext context)
    {
        IReadOnlyList<Sandbox> sandboxes = _sandboxes.List(SandboxMapper.ToFilter(request.Filter));
        return StreamedList.SendAsync(sandboxes, ToPart, responseStream, context.CancellationToken);

        static Api.StreamPodSandboxesResponse ToPart(IEnumerable<Sandbox> part)
        {
            Api.StreamPodSandboxesResponse response = new();
            response.PodSandboxes.Add(part.Select(SandboxMapper.ToListItem));
            return response;
        }
    }

    public override async Task<Api.UpdatePodSandboxResourcesResponse> UpdatePodSandboxResources(
        Api.UpdatePodSandboxResourcesRequest request, ServerCallContext context)
    {
        string id = Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id");
        ResourcesSpec? overhead = ResourcesMapper.ToSpec(request.Overhead, "overhead");
        ResourcesSpec? resources = ResourcesMapper.ToSpec(request.Resources, "resources");
        await _sandboxes.UpdateResourcesAsync(id, overhead, resources, context.CancellationToken);
        return new Api.UpdatePodSandboxResourcesResponse();
    }
}
