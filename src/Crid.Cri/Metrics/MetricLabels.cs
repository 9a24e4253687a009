using Crid.Pods;

namespace Crid.Cri;

/// <summary>The labels that all metrics have, as cAdvisor names them and in its order.</summary>
internal static class MetricLabels
{
    public static IReadOnlyList<string> Common { get; } = ["container", "id", "image", "name", "namespace", "pod"];

    public static IReadOnlyList<string> Of(Sandbox sandbox, ContainerMetrics metrics)
    {
        Container container = metrics.Statistics.Container;
        string image = container.Spec.UserSpecifiedImage.Length > 0 ? container.Spec.UserSpecifiedImage : container.Spec.Image;
        return
        [
            container.Spec.Metadata.Name, metrics.Details.CgroupDirectory, image, container.Id.Value, sandbox.Spec.Metadata.Namespace, sandbox.Spec.Metadata.Name,
        ];
    }

    /// <summary>Of a pod as a whole: what queries tell from containers by the empty label.</summary>
    public static IReadOnlyList<string> Of(SandboxMetrics metrics)
    {
        Sandbox sandbox = metrics.Statistics.Sandbox;
        return ["", metrics.CgroupDirectory, "", sandbox.Id.Value, sandbox.Spec.Metadata.Namespace, sandbox.Spec.Metadata.Name];
    }
}
