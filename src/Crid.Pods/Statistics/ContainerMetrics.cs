namespace Crid.Pods;

/// <summary>All that is measured of a running container.</summary>
public sealed record ContainerMetrics(ContainerStatistics Statistics, ContainerDetails Details);
