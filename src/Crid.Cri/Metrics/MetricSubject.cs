using Crid.Linux;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>A container and what was measured of it, with short names for the table of metrics.</summary>
internal sealed record MetricSubject(ContainerMetrics Metrics, StorageStatus Storage)
{
    public Container Container => Metrics.Statistics.Container;

    public CgroupSample Sample => Metrics.Statistics.Sample;

    public CgroupReading Reading => Sample.Reading;

    public CgroupMemory? Memory => Reading.Memory;

    public CgroupDetails Details => Metrics.Details.Cgroup;

    public ProcessResources Processes => Metrics.Details.Processes;

    public ResourcesSpec? Resources => Container.Status.Resources;
}
