using System.Net.Sockets;
using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The sandboxes of this node: reads from memory, changes through one class each.</summary>
internal sealed class Sandboxes(
    SandboxStore store,
    RunSandbox run,
    StopSandbox stop,
    RemoveSandbox remove,
    UpdateSandboxResources updateResources,
    ConnectToSandbox connect) : ISandboxes
{
    public Task<SandboxId> RunAsync(SandboxSpec spec, CancellationToken cancellationToken) => run.ExecuteAsync(spec, cancellationToken);

    public Task StopAsync(string id, CancellationToken cancellationToken) => stop.ExecuteAsync(id, cancellationToken);

    public Task RemoveAsync(string id, CancellationToken cancellationToken) => remove.ExecuteAsync(id, cancellationToken);

    public Task UpdateResourcesAsync(
        string id, ResourcesSpec? overhead, ResourcesSpec? resources, CancellationToken cancellationToken) =>
        updateResources.ExecuteAsync(id, overhead, resources);

    public Task<Socket> ConnectAsync(string id, int port, CancellationToken cancellationToken) => connect.ExecuteAsync(id, port, cancellationToken);

    public Sandbox Get(string id) => store.Get(id);

    public IReadOnlyList<Sandbox> List(SandboxFilter filter)
    {
        IEnumerable<Sandbox> candidates = string.IsNullOrEmpty(filter.Id)
            ? store.Listed
            : store.Resolve(filter.Id) is Sandbox one ? [one] : [];
        return [.. candidates.Where(sandbox =>
            (filter.State is null || sandbox.Status.State == filter.State) && LabelMatch.All(filter.Labels, sandbox.Spec.Labels))];
    }
}
