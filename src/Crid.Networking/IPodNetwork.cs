using Crid.Core;

namespace Crid.Networking;

/// <summary>Attaches sandboxes to the pod network through CNI plugins.</summary>
public interface IPodNetwork
{
    /// <summary>Whether a usable configuration is loaded; answered from memory.</summary>
    /// <param name="runtimeHandler">A handler that may have networks of its own; empty for those of the node.</param>
    NetworkStatus GetStatus(string runtimeHandler = "");

    /// <summary>Runs ADD of the chain of each network. A failure has already been followed by DEL of them where that was possible.</summary>
    /// <exception cref="CridException">Unavailable: no configuration. Internal: a plugin failed.</exception>
    Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Runs DEL of the chain with the configuration and result that ADD used. Idempotent; accepts sandboxes that were never attached and a
    /// namespace that is gone.
    /// </summary>
    Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken);

    /// <summary>Asks the plugins whether a sandbox is attached as ADD has left it; plugins without CHECK are not asked.</summary>
    /// <exception cref="CridException">It is not; the message says what is wrong.</exception>
    Task CheckAsync(string sandboxId, CancellationToken cancellationToken);

    /// <summary>
    /// Has plugins with GC remove what belongs to no cached attachment. To be called before the first Attach: one that comes meanwhile waits,
    /// or it would be taken for garbage.
    /// </summary>
    Task CollectGarbageAsync(CancellationToken cancellationToken);

    /// <summary>The ids of all sandboxes that have a cached attachment, for recovery.</summary>
    IReadOnlyList<string> ListAttachments();

    /// <summary>Detaches by cached data alone a sandbox that no record owns.</summary>
    Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken);

    /// <summary>Takes the node's pod CIDRs, comma-separated, and writes a configuration for them where a template is set and none is there.</summary>
    /// <exception cref="CridException">InvalidArgument: not CIDRs.</exception>
    Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken);
}
