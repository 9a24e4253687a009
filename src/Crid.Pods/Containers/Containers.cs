using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The containers of this node: reads from memory, changes through one class each.</summary>
internal sealed class Containers : IContainers
{
    private readonly PodsContext _context;

    public Containers(PodsContext context) => _context = context;

    public required CreateContainer Create { private get; init; }

    public required StartContainer Start { private get; init; }

    public required StopContainer Stop { private get; init; }

    public required RemoveContainer Remove { private get; init; }

    public required ExecInContainer Exec { private get; init; }

    public required AttachToContainer Attach { private get; init; }

    public required ReopenContainerLog ReopenLog { private get; init; }

    public required UpdateContainerResources UpdateResources { private get; init; }

    public Task<ContainerId> CreateAsync(string sandboxId, ContainerSpec spec, CancellationToken cancellationToken) =>
        Create.ExecuteAsync(sandboxId, spec, cancellationToken);

    public Task StartAsync(string id, CancellationToken cancellationToken) => Start.ExecuteAsync(id, cancellationToken);

    public Task StopAsync(string id, TimeSpan gracePeriod, CancellationToken cancellationToken) =>
        Stop.ExecuteAsync(id, gracePeriod, cancellationToken);

    public Task RemoveAsync(string id, CancellationToken cancellationToken) => Remove.ExecuteAsync(id, cancellationToken);

    public Task<ExecSyncResult> ExecSyncAsync(
        string id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken) =>
        Exec.ExecuteAsync(id, command, timeout, cancellationToken);

    public Task<int> ExecAsync(
        string id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken) =>
        Exec.StreamAsync(id, command, terminal, streams, cancellationToken);

    public Task AttachAsync(string id, ProcessStreams streams, CancellationToken cancellationToken) =>
        Attach.ExecuteAsync(id, streams, cancellationToken);

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) => ReopenLog.ExecuteAsync(id, cancellationToken);

    public Task UpdateResourcesAsync(string id, ResourcesSpec resources, CancellationToken cancellationToken) =>
        UpdateResources.ExecuteAsync(id, resources, cancellationToken);

    public Container Get(string id) => _context.Containers.Get(id);

    public IReadOnlyList<Container> List(ContainerFilter filter)
    {
        SandboxId? sandbox = null;
        if (!string.IsNullOrEmpty(filter.SandboxId))
        {
            sandbox = _context.Sandboxes.Resolve(filter.SandboxId)?.Id;
            if (sandbox is null)
            {
                return [];
            }
        }

        IEnumerable<Container> candidates = string.IsNullOrEmpty(filter.Id)
            ? _context.Containers.Listed
            : _context.Containers.Resolve(filter.Id) is Container one ? [one] : [];
        return [.. candidates.Where(container =>
            (sandbox is null || container.SandboxId == sandbox)
            && (filter.State is null || container.Status.State == filter.State)
            && LabelMatch.All(filter.Labels, container.Spec.Labels))];
    }
}
