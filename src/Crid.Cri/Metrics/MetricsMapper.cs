using Crid.Pods;

namespace Crid.Cri;

/// <summary>Metrics in the CRI's words.</summary>
internal static class MetricsMapper
{
    public static IEnumerable<Api.MetricDescriptor> Descriptors =>
        ContainerMetricTable.All.Select(static metric => metric.ToDescriptor()).Concat(PodMetricTable.All.Select(static metric => metric.ToDescriptor()));

    public static Api.PodSandboxMetrics ToMessage(SandboxMetrics metrics)
    {
        Sandbox sandbox = metrics.Statistics.Sandbox;
        IReadOnlyList<string> labels = MetricLabels.Of(metrics);
        long readAt = Timestamps.ToNanoseconds(metrics.Statistics.Sample.ReadAt);
        Api.PodSandboxMetrics message = new() { PodSandboxId = sandbox.Id.Value };
        message.Metrics.Add(PodMetricTable.All.SelectMany(metric => metric.Sample(metrics, labels, readAt)));
        message.ContainerMetrics.Add(metrics.Containers.Select(container => ToMessage(container, metrics)));
        return message;
    }

    private static Api.ContainerMetrics ToMessage(ContainerMetrics metrics, SandboxMetrics pod)
    {
        MetricSubject subject = new(metrics, pod.Storage);
        IReadOnlyList<string> labels = MetricLabels.Of(pod.Statistics.Sandbox, metrics);
        long readAt = Timestamps.ToNanoseconds(subject.Sample.ReadAt);
        Api.ContainerMetrics message = new() { ContainerId = subject.Container.Id.Value };
        message.Metrics.Add(ContainerMetricTable.All.SelectMany(metric => metric.Sample(subject, labels, readAt)));
        return message;
    }
}
