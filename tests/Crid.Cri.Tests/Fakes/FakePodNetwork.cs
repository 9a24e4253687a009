using Crid.Networking;

namespace Crid.Cri.Tests;

/// <summary>Answers a settable status and keeps the pod CIDR it was told.</summary>
internal sealed class FakePodNetwork : IPodNetwork
{
    public NetworkStatus Status { get; set; } = new(IsReady: true, "", "");

    public string? PodCidr { get; private set; }

    public NetworkStatus GetStatus(string runtimeHandler = "") => Status;

    public Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken)
    {
        PodCidr = podCidr;
        return Task.CompletedTask;
    }

    public Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken) => throw NotForServices();

    public Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken) => throw NotForServices();

    public Task CheckAsync(string sandboxId, CancellationToken cancellationToken) => throw NotForServices();

    public Task CollectGarbageAsync(CancellationToken cancellationToken) => throw NotForServices();

    public IReadOnlyList<string> ListAttachments() => throw NotForServices();

    public Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken) => throw NotForServices();

    private static NotSupportedException NotForServices() => new("the gRPC services never attach or detach");
}
