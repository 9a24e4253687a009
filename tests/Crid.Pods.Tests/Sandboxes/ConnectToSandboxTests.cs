using System.Net.Sockets;
using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class ConnectToSandboxTests
{
    [Fact]
    public async Task ConnectAsync_ReadySandbox_ConnectsInItsNamespaceOrTheNodes()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();
        SecuritySpec onTheNode = new() { Namespaces = new NamespacesSpec { Network = NamespaceMode.Node } };
        SandboxId node = await lab.RunSandboxAsync(Lab.SandboxSpec("node") with { Security = onTheNode });

        using Socket own = await lab.Sandboxes.ConnectAsync(id.Value, 80, CancellationToken.None);
        using Socket nodes = await lab.Sandboxes.ConnectAsync(node.Value, 81, CancellationToken.None);

        Assert.Equal([$"/run/crid/ns/{id}/net:80", "node:81"], lab.Loopback.Connected);
    }

    [Fact]
    public async Task ConnectAsync_UnknownSandbox_IsNotFound()
    {
        await using Lab lab = await Lab.OpenAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Sandboxes.ConnectAsync("feed", 80, CancellationToken.None));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
        Assert.Empty(lab.Loopback.Connected);
    }

    [Fact]
    public async Task ConnectAsync_SandboxThatWasStopped_IsRefused()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();
        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Sandboxes.ConnectAsync(id.Value, 80, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Empty(lab.Loopback.Connected);
    }
}
