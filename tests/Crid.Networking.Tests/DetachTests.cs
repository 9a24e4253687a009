using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking.Tests;

public sealed class DetachTests : IDisposable
{
    private readonly NetworkLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task DetachAsync_AfterAttach_RunsDelInReverseWithWhatAddUsed()
    {
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        _lab.Configure("10-pods.conflist", """{"cniVersion":"1.0.0","name":"other","plugins":[{"type":"bandwidth"}]}""");
        using PodNetwork afterRestart = _lab.CreateNetwork();

        await afterRestart.DetachAsync(request with { HostPorts = [], PodName = "" }, CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge"], _lab.Ran());
        foreach (string call in new[] { "DEL portmap", "DEL bridge" })
        {
            Assert.Equal("pods", _lab.Input(call)["name"]!.GetValue<string>());
            Assert.Equal("portmap", _lab.Input(call)["prevResult"]!["by"]!.GetValue<string>());
        }

        Assert.Equal(8080, _lab.Input("DEL portmap")["runtimeConfig"]!["portMappings"]![0]!["hostPort"]!.GetValue<int>());
        Assert.Equal(_lab.Fake.Calls[0].Environment["CNI_ARGS"], _lab.Fake.Calls[3].Environment["CNI_ARGS"]);
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task DetachAsync_NeverAttached_RunsDelFromTheCurrentConfiguration()
    {
        await _lab.Network.DetachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["DEL portmap", "DEL bridge"], _lab.Ran());
        Assert.False(_lab.Input("DEL bridge").ContainsKey("prevResult"));
    }

    [Fact]
    public async Task DetachAsync_NoConfigurationAndNothingCached_DoesNothing()
    {
        using NetworkLab lab = new(configuration: null);

        await lab.Network.DetachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Empty(lab.Ran());
    }

    [Fact]
    public async Task DetachAsync_NamespaceIsGone_PassesAnEmptyPath()
    {
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);

        await _lab.Network.DetachAsync(request with { NetnsPath = "/run/crid/ns/gone/net" }, CancellationToken.None);

        Assert.Equal("", _lab.Fake.Calls[^1].Environment["CNI_NETNS"]);
    }

    [Fact]
    public async Task DetachAsync_PluginFails_ThrowsAndKeepsTheCacheForTheNextTry()
    {
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        _lab.Fake.Answer = call => call.ToString() == "DEL bridge" ? FakePlugins.Failure(5, "busy") : null;

        await Assert.ThrowsAsync<CridException>(() => _lab.Network.DetachAsync(request, CancellationToken.None));
        Assert.Single(_lab.CacheFiles);
        _lab.Fake.Answer = _ => null;
        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["DEL portmap", "DEL bridge", "DEL portmap", "DEL bridge"], _lab.Ran()[2..]);
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task DetachAsync_PluginDoesNotKnowTheContainer_GoesOn()
    {
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        _lab.Fake.Answer = call => call.ToString() == "DEL portmap" ? FakePlugins.Failure(3, "unknown container") : null;

        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["DEL portmap", "DEL bridge"], _lab.Ran()[2..]);
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task DetachAsync_CacheFileIsBroken_FallsBackToTheConfiguration()
    {
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        File.WriteAllText(_lab.CacheFiles[0], "{");

        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["DEL portmap", "DEL bridge"], _lab.Ran()[2..]);
        Assert.Empty(_lab.CacheFiles);
    }

    [Fact]
    public async Task DetachAsync_VersionBeforePrevResultOnDel_DoesNotPassIt()
    {
        _lab.Configure("10-pods.conflist", """{"cniVersion":"0.3.1","name":"pods","plugins":[{"type":"bridge"}]}""");
        AttachmentRequest request = NetworkLab.Request();
        await _lab.Network.AttachAsync(request, CancellationToken.None);

        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.False(_lab.Input("DEL bridge").ContainsKey("prevResult"));
    }

    [Fact]
    public async Task AttachAsync_Always_CachesInTheFormatOfLibcni()
    {
        AttachmentRequest request = NetworkLab.Request();

        await _lab.Network.AttachAsync(request, CancellationToken.None);

        string file = Assert.Single(_lab.CacheFiles);
        Assert.Equal($"pods-{request.SandboxId}-eth0", Path.GetFileName(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        JsonObject json = (JsonObject)JsonNode.Parse(File.ReadAllBytes(file))!;
        Assert.Equal("cniCacheV1", json["kind"]!.GetValue<string>());
        Assert.Equal(request.SandboxId.Value, json["containerId"]!.GetValue<string>());
        Assert.Equal("""["IgnoreUnknown","1"]""", json["cniArgs"]![0]!.ToJsonString());
        Assert.Equal("portmap", json["result"]!["by"]!.GetValue<string>());
        Assert.Equal("pods", JsonNode.Parse(Convert.FromBase64String(json["config"]!.GetValue<string>()))!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task DetachOrphanAsync_ListedAttachment_IsRemovedByCachedDataAlone()
    {
        AttachmentRequest first = NetworkLab.Request();
        AttachmentRequest second = NetworkLab.Request();
        await _lab.Network.AttachAsync(first, CancellationToken.None);
        await _lab.Network.AttachAsync(second, CancellationToken.None);
        File.Delete($"{_lab.Configuration}/10-pods.conflist");
        using PodNetwork afterRestart = _lab.CreateNetwork();
        Assert.Equal(
            new[] { first, second }.Select(request => request.SandboxId.Value).Order(StringComparer.Ordinal),
            afterRestart.ListAttachments().Order(StringComparer.Ordinal));

        await afterRestart.DetachOrphanAsync(first.SandboxId.Value, CancellationToken.None);

        Assert.Equal([second.SandboxId.Value], afterRestart.ListAttachments());
        Assert.Equal(first.SandboxId.Value, _lab.Fake.Calls[^1].Environment["CNI_CONTAINERID"]);
    }

    [Fact]
    public async Task ListAttachments_FilesOfOtherRuntimes_AreNotTouched()
    {
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(_lab.Results);
        string foreign = $"{_lab.Results}/pods-{id}-eth0";
        File.WriteAllText(foreign, $$"""{"kind":"cniCacheV1","containerId":"{{id}}","config":"e30=","ifName":"eth0","networkName":"pods","result":{} }""");

        IReadOnlyList<string> attachments = _lab.Network.ListAttachments();
        await _lab.Network.DetachOrphanAsync(id.Value, CancellationToken.None);

        Assert.Empty(attachments);
        Assert.True(File.Exists(foreign));
        Assert.Empty(_lab.Ran());
    }
}
