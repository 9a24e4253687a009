using Crid.Core;

namespace Crid.Pods;

/// <summary>What the containers and sandboxes of this node use. Ids given as text may be unique prefixes.</summary>
public interface IStatistics
{
    /// <exception cref="CridException">NotFound: no such container. FailedPrecondition: it does not run.</exception>
    ContainerStatistics GetContainer(string id);

    /// <summary>The running containers that match; what ends meanwhile is left out.</summary>
    IReadOnlyList<ContainerStatistics> ListContainers(ContainerFilter filter);

    /// <exception cref="CridException">NotFound: no such sandbox. FailedPrecondition: it is not ready.</exception>
    SandboxStatistics GetSandbox(string id);

    /// <summary>The ready sandboxes that match.</summary>
    IReadOnlyList<SandboxStatistics> ListSandboxes(SandboxFilter filter);

    /// <summary>All that is measured of the ready sandboxes: dearer than <see cref="ListSandboxes"/>, for those who scrape.</summary>
    IReadOnlyList<SandboxMetrics> ListMetrics();
}
