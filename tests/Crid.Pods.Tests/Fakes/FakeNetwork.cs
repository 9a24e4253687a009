using Crid.Core;
using Crid.Networking;

namespace Crid.Pods.Tests;

/// <summary>The pod network of the fake machine.</summary>
internal sealed class FakeNetwork(Incarnation life) : IPodNetwork
{
    public NetworkStatus Status { get; set; } = new(IsReady: true, "", "");

    public List<AttachmentRequest> Detached { get; } = [];

    /// <summary>Sandboxes whose attachment is not as it was.</summary>
    public HashSet<string> Detuned { get; } = [];

    public List<string> Checked { get; } = [];

    /// <summary>A check ends only when it is given up.</summary>
    public bool HangsInChecks { get; set; }

    public NetworkStatus GetStatus(string runtimeHandler = "") => Status;

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

    public Task CheckAsync(string sandboxId, CancellationToken cancellationToken)
    {
        Checked.Add(sandboxId);
        return Detuned.Contains(sandboxId)
            ? throw new CridException(ErrorKind.Internal, "eth0 is missing")
            : HangsInChecks ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask;
    }

    public Task CollectGarbageAsync(CancellationToken cancellationToken) => life.StepAsync("collect garbage", () => { }, cancellationToken);

    public IReadOnlyList<string> ListAttachments() => life.Look(() => life.Machine.Attachments.ToList());

    public Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken) =>
        life.StepAsync("detach orphan", () => life.Machine.Attachments.Remove(sandboxId), cancellationToken);

    public Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not a part of pods");
}
