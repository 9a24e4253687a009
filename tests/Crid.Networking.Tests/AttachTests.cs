using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking.Tests;

public sealed class AttachTests : IDisposable
{
    private readonly NetworkLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task AttachAsync_Chain_RunsAddInOrderAndReturnsAddresses()
    {
        PodAddresses addresses = await _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD portmap"], _lab.Ran());
        Assert.Equal(["10.0.0.5"], addresses.Addresses);
        Assert.Equal("portmap", JsonNode.Parse(addresses.ResultJson)!["by"]!.GetValue<string>());
    }

    [Fact]
    public async Task AttachAsync_Chain_ComposesInputOfEachPlugin()
    {
        await _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        JsonObject bridge = _lab.Input("ADD bridge");
        Assert.Equal("pods", bridge["name"]!.GetValue<string>());
        Assert.Equal("1.0.0", bridge["cniVersion"]!.GetValue<string>());
        Assert.Equal("""{"kept":[1,2]}""", bridge["unknown"]!.ToJsonString());
        Assert.False(bridge.ContainsKey("prevResult"));
        Assert.False(bridge.ContainsKey("runtimeConfig"));
        JsonObject portmap = _lab.Input("ADD portmap");
        Assert.Equal("bridge", portmap["prevResult"]!["by"]!.GetValue<string>());
        Assert.Equal(
            """{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":""}]}""",
            portmap["runtimeConfig"]!.ToJsonString());
        Assert.True(portmap.ContainsKey("capabilities"));
    }

    [Fact]
    public async Task AttachAsync_Always_GivesPluginsAFixedEnvironment()
    {
        AttachmentRequest request = NetworkLab.Request();

        await _lab.Network.AttachAsync(request, CancellationToken.None);

        IReadOnlyDictionary<string, string> environment = _lab.Fake.Calls[0].Environment;
        Assert.Equal(
            ["CNI_ARGS", "CNI_COMMAND", "CNI_CONTAINERID", "CNI_IFNAME", "CNI_NETNS", "CNI_PATH", "PATH"],
            environment.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(request.SandboxId.Value, environment["CNI_CONTAINERID"]);
        Assert.Equal("eth0", environment["CNI_IFNAME"]);
        Assert.Equal(request.NetnsPath, environment["CNI_NETNS"]);
        Assert.Equal(
            $"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID={request.SandboxId};K8S_POD_UID=uid-1",
            environment["CNI_ARGS"]);
    }

    [Fact]
    public async Task AttachAsync_ManyPods_AsksForVersionsOnce()
    {
        for (int i = 0; i < 5; i++)
        {
            await _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);
        }

        Assert.Equal(2, _lab.Fake.VersionCalls);
    }

    [Fact]
    public async Task AttachAsync_SecondPluginFails_DeletesTheWholeChainAndReportsThePlugin()
    {
        _lab.Fake.Answer = call => call.ToString() == "ADD portmap" ? FakePlugins.Failure(101, "no such chain") : null;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Equal(["ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge"], _lab.Ran());
        Assert.Contains("CNI plugin 'portmap' (ADD): no such chain: more (code 101)", exception.Message, StringComparison.Ordinal);
        CniPluginException inner = Assert.IsType<CniPluginException>(exception.InnerException);
        Assert.Equal(("portmap", 101, "more"), (inner.Plugin, inner.Code, inner.Details));
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task AttachAsync_TryAgainLater_IsUnavailable()
    {
        _lab.Fake.Answer = call => call.Command == "ADD" ? FakePlugins.Failure(11, "later") : null;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
    }

    [Theory]
    [InlineData("", "killed by the wind", "killed by the wind")]
    [InlineData("not JSON", "", "not JSON")]
    [InlineData("", "", "exit status 1 without a message")]
    [InlineData("line\nbreak", "", "line break")]
    public async Task AttachAsync_PluginFailsWithoutErrorObject_SaysWhatItSaid(string output, string errors, string expected)
    {
        _lab.Fake.Answer = call => call.Command == "ADD" ? new(1, Encoding.UTF8.GetBytes(output), Encoding.UTF8.GetBytes(errors)) : null;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Contains($"'bridge' (ADD): {expected} (code 0)", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"cniVersion":"1.0.0","ips":[]}""")]
    [InlineData("""{"cniVersion":"1.0.0","interfaces":[{"name":"other"}],"ips":[{"interface":0,"address":"10.0.0.1/8"}]}""")]
    [InlineData("""{"cniVersion":"1.0.0","ips":[{"address":"fe80::1/64"}]}""")]
    [InlineData("""{"cniVersion":"1.0.0","ips":[{"address":"nonsense"}]}""")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task AttachAsync_ResultWithoutUsableAddress_DeletesTheChain(string result)
    {
        _lab.Fake.Answer = call => call.ToString() == "ADD portmap" ? FakePlugins.Success(result) : null;

        await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Equal(["DEL portmap", "DEL bridge"], _lab.Ran()[2..]);
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task AttachAsync_Cancelled_DeletesTheChainAndStaysCancelled()
    {
        using CancellationTokenSource source = new();
        _lab.Fake.Answer = call =>
        {
            if (call.Command != "ADD")
            {
                return null;
            }

            source.Cancel();
            throw new OperationCanceledException(source.Token);
        };

        await Assert.ThrowsAsync<OperationCanceledException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), source.Token));

        Assert.Equal(["ADD bridge", "DEL portmap", "DEL bridge"], _lab.Ran());
    }

    [Theory]
    [InlineData("a;b")]
    [InlineData("a=b")]
    [InlineData("a\nb")]
    public async Task AttachAsync_NameThatWouldInjectArguments_ThrowsBeforeAnyPluginRuns(string name)
    {
        AttachmentRequest request = NetworkLab.Request() with { PodName = name };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(request, CancellationToken.None));
        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Empty(_lab.Ran());
    }

    [Theory]
    [InlineData(IpPreference.Ipv4, "10.0.0.5,fd00::5,fd00::6")]
    [InlineData(IpPreference.Ipv6, "fd00::5,10.0.0.5,fd00::6")]
    [InlineData(IpPreference.Cni, "fd00::5,10.0.0.5,fd00::6")]
    public async Task AttachAsync_DualStack_OrdersByPreference(IpPreference preference, string expected)
    {
        _lab.Fake.Answer = call => call.Command == "ADD"
            ? FakePlugins.Success("""{"ips":[{"address":"fd00::5/64"},{"address":"10.0.0.5/24"},{"address":"fd00::6/64"},{"address":"fe80::1/64"}]}""")
            : null;
        using PodNetwork network = _lab.CreateNetwork(options => options with { IpPreference = preference });

        PodAddresses addresses = await network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(expected, string.Join(',', addresses.Addresses));
    }

    [Fact]
    public async Task AttachAsync_Bandwidth_ReachesThePluginWithTheCapability()
    {
        _lab.Configure("10-pods.conflist", """
            {"cniVersion":"1.0.0","name":"pods","plugins":[{"type":"bridge"},{"type":"bandwidth","capabilities":{"bandwidth":true,"io.kubernetes.cri.pod-annotations":true}}]}
            """);
        AttachmentRequest request = NetworkLab.Request() with
        {
            Annotations = new Dictionary<string, string> { ["kubernetes.io/ingress-bandwidth"] = "10M", ["kubernetes.io/egress-bandwidth"] = "1Gi" },
        };

        await _lab.Network.AttachAsync(request, CancellationToken.None);

        JsonNode runtimeConfig = _lab.Input("ADD bandwidth")["runtimeConfig"]!;
        Assert.Equal(
            """{"ingressRate":10000000,"ingressBurst":4294967295,"egressRate":1073741824,"egressBurst":4294967295}""",
            runtimeConfig["bandwidth"]!.ToJsonString());
        Assert.Equal("10M", runtimeConfig["io.kubernetes.cri.pod-annotations"]!["kubernetes.io/ingress-bandwidth"]!.GetValue<string>());
    }
}
