using Crid.Core;

namespace Crid.Networking;

/// <summary>Attaches sandboxes to the pod network through CNI plugins.</summary>
public interface IPodNetwork
{
    /// <summary>Whether a usable configuration is loaded; answered from memory.</summary>
    NetworkStatus GetStatus();

    /// <summary>Runs ADD of the chain. A failure has already been followed by DEL of the whole chain where that was possible.</summary>
    /// <exception cref="CridException">Unavailable: no configuration. Internal: a plugin failed.</exception>
    Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Runs DEL of the chain with the configuration and result that ADD used. Idempotent; accepts sandboxes that were never attached and a
    /// namespace that is gone.
    /// </summary>
    Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken);

    /// <summary>The ids of all sandboxes that have a cached attachment, for recovery.</summary>
    IReadOnlyList<string> ListAttachments();

    /// <summary>Detaches by cached data alone a sandbox that no record owns.</summary>
    Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken);

    /// <summary>Takes the node's pod CIDRs, comma-separated.</summary>
    /// <exception cref="CridException">InvalidArgument: not CIDRs.</exception>
    Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken);
}
