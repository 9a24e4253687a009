using Crid.Linux;
using Crid.Networking;

namespace Crid.HostTests;

/// <summary>Sandboxes whose network namespace is gone before they are detached.</summary>
public sealed class VanishedNamespaceTests : IDisposable
{
    // Without masquerading: the bridge plugin learns from the namespace alone which of those rules are to go.
    private readonly BridgeLab _lab = new(masquerade: false);

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task DetachAsync_NamespaceVanished_LeavesNothing()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("tcp", 8000, 18002, ""));
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        _lab.RemoveNamespace(request);

        await _lab.Network.DetachAsync(request, CancellationToken.None);
        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Empty(await _lab.LeftoversAsync(request));
        await Eventually.TrueAsync(() => _lab.Ports().Length == 0, "the namespace has taken its veth along");
    }

    [Fact]
    public async Task DetachAsync_PinWithoutNamespace_LeavesNothing()
    {
        AttachmentRequest request = await _lab.PrepareAsync();
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        Mounts.EnsureUnmounted(request.NetnsPath, detach: true);

        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Empty(await _lab.LeftoversAsync(request));
    }
}
