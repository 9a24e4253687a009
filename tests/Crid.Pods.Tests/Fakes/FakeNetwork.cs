using Crid.Networking;

namespace Crid.Pods.Tests;

/// <summary>The pod network of the fake machine.</summary>
internal sealed class FakeNetwork(Incarnation life) : IPodNetwork
{
    public NetworkStatus Status { get; set; } = new(IsReady: true, "", "");

    public List<AttachmentRequest> Detached { get; } = [];

    public NetworkStatus GetStatus() => Status;

    public async Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        await life.StepAsync("attach", () => life.Machine.Attachments.Add(request.SandboxId.Value), cancellationToken);
        return new PodAddresses(["10.88.0.2", "fd00::2"], "{}");
    }

    public Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken) =>
        life.StepAsync(
            "detach",
            () =>
            {
                Detached.Add(request);
                life.Machine.Attachments.Remove(request.SandboxId.Value);
            },
            cancellationToken);

    public IReadOnlyList<string> ListAttachments() => life.Look(() => life.Machine.Attachments.ToList());

    public Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken) =>
        life.StepAsync("detach orphan", () => life.Machine.Attachments.Remove(sandboxId), cancellationToken);

    public Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not a part of pods");
}
