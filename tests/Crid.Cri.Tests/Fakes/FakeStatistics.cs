using Crid.Core;
using Crid.Pods;

namespace Crid.Cri.Tests;

/// <summary>Keeps what it was asked and answers from lists.</summary>
internal sealed class FakeStatistics : IStatistics
{
    public List<ContainerStatistics> Containers { get; } = [];

    public List<SandboxStatistics> Sandboxes { get; } = [];

    public ContainerFilter? ContainerFilter { get; private set; }

    public SandboxFilter? SandboxFilter { get; private set; }

    public ContainerStatistics GetContainer(string id) =>
        Containers.Find(statistics => statistics.Container.Id.Value == id) ?? throw CridException.NotFound($"no container '{id}'");

    public IReadOnlyList<ContainerStatistics> ListContainers(ContainerFilter filter)
    {
        ContainerFilter = filter;
        return Containers;
    }

    public SandboxStatistics GetSandbox(string id) =>
        Sandboxes.Find(statistics => statistics.Sandbox.Id.Value == id) ?? throw CridException.NotFound($"no sandbox '{id}'");

    public IReadOnlyList<SandboxStatistics> ListSandboxes(SandboxFilter filter)
    {
        SandboxFilter = filter;
        return Sandboxes;
    }

    public List<SandboxMetrics> Metrics { get; } = [];

    public IReadOnlyList<SandboxMetrics> ListMetrics() => Metrics;
}
