using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The containers of this node. Ids given as text may be unique prefixes.</summary>
public interface IContainers
{
    /// <summary>Makes a container, which waits for <see cref="StartAsync"/>. Joins an attempt in flight like <see cref="ISandboxes.RunAsync"/>.</summary>
    Task<ContainerId> CreateAsync(string sandboxId, ContainerSpec spec, CancellationToken cancellationToken);

    Task StartAsync(string id, CancellationToken cancellationToken);

    /// <summary>Sends the stop signal, waits for the grace period, kills; accepts ids that do not exist. The kill happens even when the caller leaves.</summary>
    Task StopAsync(string id, TimeSpan gracePeriod, CancellationToken cancellationToken);

    /// <summary>Kills and removes; accepts ids that do not exist.</summary>
    Task RemoveAsync(string id, CancellationToken cancellationToken);

    /// <exception cref="CridException">NotFound: no such container.</exception>
    Container Get(string id);

    IReadOnlyList<Container> List(ContainerFilter filter);

    Task<ExecSyncResult> ExecSyncAsync(string id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a command with the streams of a client, on a terminal where asked for, and returns its exit status. A cancelled token means that the
    /// client is gone, which ends the command.
    /// </summary>
    Task<int> ExecAsync(string id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken);

    /// <summary>Connects a client to a container's stdio until the container ends. A cancelled token means that the client is gone.</summary>
    Task AttachAsync(string id, ProcessStreams streams, CancellationToken cancellationToken);

    Task ReopenLogAsync(string id, CancellationToken cancellationToken);

    Task UpdateResourcesAsync(string id, ResourcesSpec resources, CancellationToken cancellationToken);
}
