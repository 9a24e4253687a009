using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Capabilities as the kernel shows them of a container's processes.</summary>
public sealed class CapabilitiesTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const ulong NetBindService = 1 << 10;

    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Ambient_UserOtherThanRoot_HasItAfterExecution(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"ambient{handler}", handler, new Capability
        {
            DropCapabilities = { "ALL" },
            AddAmbientCapabilities = { "NET_BIND_SERVICE" },
        });

        string status = "";
        await Eventually.TrueAsync(async () => (status = string.Join('\n', await Daemon.ReadLogAsync(id))).Contains("CapAmb"), "the container has shown its status");
        Assert.Equal(
            (NetBindService, NetBindService, NetBindService, NetBindService, NetBindService),
            (Set(status, "CapAmb"), Set(status, "CapInh"), Set(status, "CapPrm"), Set(status, "CapEff"), Set(status, "CapBnd")));
        Assert.Equal(NetBindService, Set((await Daemon.ExecAsync(id, "cat", "/proc/self/status")).Stdout, "CapEff"));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Added_UserOtherThanRoot_IsInTheBoundingSetAlone(string handler)
    {
        (string sandboxId, string id) = await RunAsync($"added{handler}", handler, new Capability
        {
            DropCapabilities = { "ALL" },
            AddCapabilities = { "NET_BIND_SERVICE" },
        });

        string status = (await Daemon.ExecAsync(id, "cat", "/proc/self/status")).Stdout;
        Assert.Equal((0UL, 0UL, NetBindService), (Set(status, "CapAmb"), Set(status, "CapEff"), Set(status, "CapBnd")));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task Ambient_UnknownName_IsRefused()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "ambientunknown");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        ContainerConfig container = Requests.Container("main", fixture.Image, "/bin/sh");
        container.Linux.SecurityContext.Capabilities = new Capability { AddAmbientCapabilities = { "NONSENSE" } };

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => Daemon.CreateContainerAsync(sandboxId, sandbox, container));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    private Task<(string SandboxId, string ContainerId)> RunAsync(string name, string handler, Capability capabilities) => Daemon.RunPodAsync(
        name,
        fixture.Image,
        "cat /proc/self/status; sleep 1000",
        (_, container) =>
        {
            container.Linux.SecurityContext.Capabilities = capabilities;
            container.Linux.SecurityContext.RunAsUser = new Int64Value { Value = 1000 };
        },
        handler);

    /// <summary>One of the sets that /proc/PID/status shows.</summary>
    private static ulong Set(string status, string name)
    {
        string line = status.Split('\n').Single(line => line.StartsWith($"{name}:", StringComparison.Ordinal));
        return Convert.ToUInt64(line[(name.Length + 1)..].Trim(), 16);
    }
}
