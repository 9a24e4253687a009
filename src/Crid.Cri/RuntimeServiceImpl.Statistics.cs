using Crid.Pods;
using Grpc.Core;

namespace Crid.Cri;

/// <content>What containers and sandboxes use.</content>
public sealed partial class RuntimeServiceImpl
{
    public override Task<Api.ContainerStatsResponse> ContainerStats(Api.ContainerStatsRequest request, ServerCallContext context)
    {
        ContainerStatistics statistics = _statistics.GetContainer(Require.NotEmpty(request.ContainerId, "container_id"));
        return Task.FromResult(new Api.ContainerStatsResponse { Stats = StatisticsMapper.ToMessage(statistics) });
    }

    public override Task<Api.ListContainerStatsResponse> ListContainerStats(Api.ListContainerStatsRequest request, ServerCallContext context)
    {
        Api.ListContainerStatsResponse response = new();
        response.Stats.Add(_statistics.ListContainers(StatisticsMapper.ToFilter(request.Filter)).Select(StatisticsMapper.ToMessage));
        return Task.FromResult(response);
    }

    public override Task StreamContainerStats(
        Api.StreamContainerStatsRequest request, IServerStreamWriter<Api.StreamContainerStatsResponse> responseStream, ServerCallContext context)
    {
        IReadOnlyList<ContainerStatistics> all = _statistics.ListContainers(StatisticsMapper.ToFilter(request.Filter));
        return StreamedList.SendAsync(all, ToPart, responseStream, context.CancellationToken);

        static Api.StreamContainerStatsResponse ToPart(IEnumerable<ContainerStatistics> part)
        {
            Api.StreamContainerStatsResponse response = new();
            response.ContainerStats.Add(part.Select(StatisticsMapper.ToMessage));
            return response;
        }
    }

    public override Task<Api.PodSandboxStatsResponse> PodSandboxStats(Api.PodSandboxStatsRequest request, ServerCallContext context)
    {
        SandboxStatistics statistics = _statistics.GetSandbox(Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id"));
        return Task.FromResult(new Api.PodSandboxStatsResponse { Stats = StatisticsMapper.ToMessage(statistics) });
    }

    public override Task<Api.ListPodSandboxStatsResponse> ListPodSandboxStats(Api.ListPodSandboxStatsRequest request, ServerCallContext context)
    {
        Api.ListPodSandboxStatsResponse response = new();
        response.Stats.Add(_statistics.ListSandboxes(StatisticsMapper.ToFilter(request.Filter)).Select(StatisticsMapper.ToMessage));
        return Task.FromResult(response);
    }

    public override Task StreamPodSandboxStats(
        Api.StreamPodSandboxStatsRequest request, IServerStreamWriter<Api.StreamPodSandboxStatsResponse> responseStream, ServerCallContext context)
    {
        IReadOnlyList<SandboxStatistics> all = _statistics.ListSandboxes(StatisticsMapper.ToFilter(request.Filter));
        return StreamedList.SendAsync(all, ToPart, responseStream, context.CancellationToken);

        static Api.StreamPodSandboxStatsResponse ToPart(IEnumerable<SandboxStatistics> part)
        {
            Api.StreamPodSandboxStatsResponse response = new();
            response.PodSandboxStats.Add(part.Select(StatisticsMapper.ToMessage));
            return response;
        }
    }
}
