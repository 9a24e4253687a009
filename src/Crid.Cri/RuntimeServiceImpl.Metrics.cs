using Crid.Pods;
using Grpc.Core;

namespace Crid.Cri;

/// <content>Metrics of containers and sandboxes, for a kubelet that does not read cgroups itself.</content>
public sealed partial class RuntimeServiceImpl
{
    public override Task<Api.ListMetricDescriptorsResponse> ListMetricDescriptors(Api.ListMetricDescriptorsRequest request, ServerCallContext context)
    {
        Api.ListMetricDescriptorsResponse response = new();
        response.Descriptors.Add(MetricsMapper.Descriptors);
        return Task.FromResult(response);
    }

    public override Task<Api.ListPodSandboxMetricsResponse> ListPodSandboxMetrics(Api.ListPodSandboxMetricsRequest request, ServerCallContext context)
    {
        Api.ListPodSandboxMetricsResponse response = new();
        response.PodMetrics.Add(_statistics.ListMetrics().Select(MetricsMapper.ToMessage));
        return Task.FromResult(response);
    }

    public override Task StreamPodSandboxMetrics(
        Api.StreamPodSandboxMetricsRequest request, IServerStreamWriter<Api.StreamPodSandboxMetricsResponse> responseStream, ServerCallContext context)
    {
        return StreamedList.SendAsync(_statistics.ListMetrics(), ToPart, responseStream, context.CancellationToken);

        static Api.StreamPodSandboxMetricsResponse ToPart(IEnumerable<SandboxMetrics> part)
        {
            Api.StreamPodSandboxMetricsResponse response = new();
            response.PodSandboxMetrics.Add(part.Select(MetricsMapper.ToMessage));
            return response;
        }
    }
}
