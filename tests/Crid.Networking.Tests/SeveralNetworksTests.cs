using Crid.Core;

namespace Crid.Networking.Tests;

/// <summary>Pods that join more than one network, and runtime handlers with networks of their own.</summary>
public sealed class SeveralNetworksTests : IDisposable
{
    private const string Second = """{"cniVersion":"1.0.0","name":"storage","plugins":[{"type":"bandwidth","capabilities":{"aliases":true}}]}""";

    private readonly NetworkLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task AttachAsync_TwoNetworks_JoinsBothAndIsReachedByTheFirst()
    {
        using PodNetwork network = CreateNetwork(networks: 0);
        AnswerWithAddress("10.1.0.9/24");
        AttachmentRequest request = NetworkLab.Request();

        PodAddresses addresses = await network.AttachAsync(request, CancellationToken.None);
        await network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["10.0.0.5"], addresses.Addresses);
        Assert.Equal(["ADD bridge", "ADD portmap", "ADD bandwidth", "DEL bandwidth", "DEL portmap", "DEL bridge"], _lab.Ran());
        Assert.Equal(["eth0", "eth0", "eth1", "eth1", "eth0", "eth0"], _lab.Fake.Calls.Select(call => call.Environment["CNI_IFNAME"]));
        Assert.Equal("web-0", _lab.Input("ADD bandwidth")["runtimeConfig"]!["aliases"]![0]!.GetValue<string>());
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task AttachAsync_DefaultOptions_JoinsTheFirstNetworkAlone()
    {
        using PodNetwork network = CreateNetwork(networks: 1);

        await network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD portmap"], _lab.Ran());
    }

    [Fact]
    public async Task AttachAsync_EachCallOfBothNetworksFails_LeavesNothing()
    {
        string[] calls = ["ADD bridge", "ADD portmap", "ADD bandwidth"];
        foreach (string failing in calls)
        {
            using NetworkLab lab = new();
            lab.Configure("20-storage.conflist", Second);
            lab.Fake.Answer = call => call.ToString() == failing ? FakePlugins.Failure(100, "broken") : null;
            using PodNetwork network = CreateNetwork(networks: 2, lab: lab);

            await Assert.ThrowsAsync<CridException>(() => network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

            Assert.Empty(lab.CacheFiles);
            string[] deleted = [.. lab.Ran().Where(call => call.StartsWith("DEL", StringComparison.Ordinal))];
            Assert.Equal(failing == "ADD bandwidth" ? ["DEL bandwidth", "DEL portmap", "DEL bridge"] : ["DEL portmap", "DEL bridge"], deleted);
        }
    }

    [Fact]
    public async Task DetachAsync_OnlyTheFirstIsCached_DeletesTheOtherFromTheConfiguration()
    {
        using PodNetwork network = CreateNetwork(networks: 2);
        AttachmentRequest request = NetworkLab.Request();
        await network.AttachAsync(request, CancellationToken.None);
        File.Delete(Assert.Single(_lab.CacheFiles, file => file.EndsWith("eth1", StringComparison.Ordinal)));

        await network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["DEL portmap", "DEL bridge", "DEL bandwidth"], _lab.Ran()[3..]);
    }

    [Fact]
    public async Task AttachAsync_HandlerWithNetworksOfItsOwn_JoinsThose()
    {
        string directory = Directory.CreateDirectory($"{_lab.Configuration}/kata").FullName;
        await File.WriteAllTextAsync($"{directory}/10-kata.conflist", Second, TestContext.Current.CancellationToken);
        using PodNetwork network = _lab.CreateNetwork(options => options with
        {
            Handlers = new Dictionary<string, HandlerNetworks> { ["kata"] = new(directory, 1), ["none"] = new($"{directory}/none", 1) },
        });
        await network.StartAsync(CancellationToken.None);

        await network.AttachAsync(NetworkLab.Request() with { RuntimeHandler = "kata" }, CancellationToken.None);
        await network.AttachAsync(NetworkLab.Request() with { RuntimeHandler = "runc" }, CancellationToken.None);

        Assert.Equal(["ADD bandwidth", "ADD bridge", "ADD portmap"], _lab.Ran());
        Assert.True(network.GetStatus("kata").IsReady);
        Assert.False(network.GetStatus("none").IsReady);
        Assert.True(network.GetStatus().IsReady);
    }

    [Fact]
    public async Task AttachAsync_SecondFileHasTheSameName_IsNotUsed()
    {
        _lab.Configure("20-again.conflist", NetworkLab.Chain);
        using PodNetwork network = _lab.CreateNetwork(options => options with { Networks = 0 });

        await network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD portmap"], _lab.Ran());
    }

    [Fact]
    public async Task CollectGarbageAsync_OneNetworkFails_CollectsThatOfTheOthersAndSaysSo()
    {
        _lab.Configure("10-pods.conflist", """{"cniVersion":"1.1.0","name":"pods","plugins":[{"type":"bridge"}]}""");
        _lab.Configure("20-storage.conflist", """{"cniVersion":"1.1.0","name":"storage","plugins":[{"type":"bandwidth"}]}""");
        string directory = Directory.CreateDirectory($"{_lab.Configuration}/kata").FullName;
        await File.WriteAllTextAsync(
            $"{directory}/10-kata.conflist", """{"cniVersion":"1.1.0","name":"kata","plugins":[{"type":"portmap"}]}""", TestContext.Current.CancellationToken);
        using PodNetwork network = _lab.CreateNetwork(options => options with
        {
            Networks = 0,
            Handlers = new Dictionary<string, HandlerNetworks> { ["kata"] = new(directory, 1) },
        });
        _lab.Fake.Answer = static call => call is { Command: "GC", Plugin: "bridge" or "bandwidth" } ? FakePlugins.Failure(100, $"{call.Plugin} is broken") : null;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => network.CollectGarbageAsync(CancellationToken.None));

        Assert.Equal(["GC bridge", "GC bandwidth", "GC portmap"], _lab.Ran().Where(static call => call.StartsWith("GC", StringComparison.Ordinal)));
        Assert.Contains("network 'pods': CNI plugin 'bridge' (GC): bridge is broken", exception.Message, StringComparison.Ordinal);
        Assert.Contains("network 'storage': CNI plugin 'bandwidth' (GC): bandwidth is broken", exception.Message, StringComparison.Ordinal);
    }

    private PodNetwork CreateNetwork(int networks, NetworkLab? lab = null)
    {
        (lab ?? _lab).Configure("20-storage.conflist", Second);
        return (lab ?? _lab).CreateNetwork(options => options with { Networks = networks });
    }

    private void AnswerWithAddress(string address) => _lab.Fake.Answer = call => call.ToString() == "ADD bandwidth"
        ? FakePlugins.Success($$"""{"cniVersion":"1.1.0","ips":[{"address":"{{address}}"}]}""")
        : null;
}
