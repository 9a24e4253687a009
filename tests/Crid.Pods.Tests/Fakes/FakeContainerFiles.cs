using Crid.Core;

namespace Crid.Pods.Tests;

/// <summary>Container directories of the fake machine.</summary>
internal sealed class FakeContainerFiles(Incarnation life) : IContainerFiles
{
    private readonly Machine _machine = life.Machine;

    public void Create(ContainerId id, uint? group) => life.Step("make container files", () => _machine.ContainerDirectories.Add(id));

    public void CreateLogDirectory(string logPath) => life.Step("make log directory", () => { });

    public string? FindCgroupPath(ContainerId id) => _machine.BundleCgroups.GetValueOrDefault(id);

    public void Delete(ContainerId id) => life.Step("delete container files", () => _machine.ContainerDirectories.Remove(id));

    public IReadOnlyList<ContainerId> List() => life.Look(() => _machine.ContainerDirectories.ToList());
}
