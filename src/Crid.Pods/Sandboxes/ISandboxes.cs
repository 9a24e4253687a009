using System.Net.Sockets;
using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The sandboxes of this node. Ids given as text may be unique prefixes.</summary>
public interface ISandboxes
{
    /// <summary>Creates and starts a sandbox. A request with the metadata of one in flight joins it; of a ready one with an equal spec, returns its id.</summary>
    Task<SandboxId> RunAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>Stops containers, releases the network; accepts ids that do not exist.</summary>
    Task StopAsync(string id, CancellationToken cancellationToken);

    /// <summary>Stops and removes with all containers; accepts ids that do not exist.</summary>
    Task RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>Stores the pod's resources and overhead as the node agent has changed them; null leaves a part as it is.</summary>
    /// <exception cref="CridException">NotFound: no such sandbox.</exception>
    Task UpdateResourcesAsync(string id, ResourcesSpec? overhead, ResourcesSpec? resources, CancellationToken cancellationToken);

    /// <summary>Connects to a TCP port of the sandbox's loopback interface: of its own network, or the node's where it uses that.</summary>
    /// <exception cref="CridException">NotFound: no such sandbox. FailedPrecondition: it is not ready. Unavailable: nothing takes the connection.</exception>
    Task<Socket> ConnectAsync(string id, int port, CancellationToken cancellationToken);

    /// <exception cref="CridException">NotFound: no such sandbox.</exception>
    Sandbox Get(string id);

    /// <summary>All sandboxes that match; an unknown id gives an empty list.</summary>
    IReadOnlyList<Sandbox> List(SandboxFilter filter);
}
