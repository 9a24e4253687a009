using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking.Tests;

public sealed class CheckAndGarbageTests
{
    private const string Newest = """
        {"cniVersion":"1.1.0","name":"pods","plugins":[{"type":"bridge"},{"type":"portmap"}]}
        """;

    [Fact]
    public async Task CheckAsync_Attached_AsksEachPluginWithTheFinalResult()
    {
        using NetworkLab lab = new();
        AttachmentRequest request = NetworkLab.Request();
        await lab.Network.AttachAsync(request, CancellationToken.None);

        await lab.Network.CheckAsync(request.SandboxId.Value, CancellationToken.None);

        Assert.Equal(["CHECK bridge", "CHECK portmap"], lab.Ran()[2..]);
        Assert.Equal("portmap", lab.Input("CHECK bridge")["prevResult"]!["by"]!.GetValue<string>());
        Assert.NotNull(lab.Input("CHECK portmap")["runtimeConfig"]!["portMappings"]);
    }

    [Fact]
    public async Task CheckAsync_PluginObjects_SaysWhatItSaid()
    {
        using NetworkLab lab = new();
        AttachmentRequest request = NetworkLab.Request();
        await lab.Network.AttachAsync(request, CancellationToken.None);
        lab.Fake.Answer = call => call.Command == "CHECK" ? FakePlugins.Failure(100, "eth0 is missing") : null;

        CridException exception = await Assert.ThrowsAnyAsync<CridException>(() => lab.Network.CheckAsync(request.SandboxId.Value, CancellationToken.None));

        Assert.Contains("eth0 is missing", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"cniVersion":"0.3.1","name":"pods","plugins":[{"type":"bridge"}]}""")]
    [InlineData("""{"cniVersion":"1.0.0","name":"pods","disableCheck":true,"plugins":[{"type":"bridge"}]}""")]
    [InlineData("""{"cniVersion":"1.0.0","name":"pods","disableCheck":"true","plugins":[{"type":"bridge"}]}""")]
    public async Task CheckAsync_NetworkWithoutCheck_AsksNobody(string configuration)
    {
        using NetworkLab lab = new(configuration);
        AttachmentRequest request = NetworkLab.Request();
        await lab.Network.AttachAsync(request, CancellationToken.None);

        await lab.Network.CheckAsync(request.SandboxId.Value, CancellationToken.None);

        Assert.Equal(["ADD bridge"], lab.Ran());
    }

    [Fact]
    public async Task CollectGarbageAsync_Newest_TellsPluginsWhatStays()
    {
        using NetworkLab lab = new(Newest);
        AttachmentRequest request = NetworkLab.Request();
        await lab.Network.AttachAsync(request, CancellationToken.None);
        await File.WriteAllTextAsync(
            $"{lab.Results}/pods-stranger-net1",
            """{"kind":"cniCacheV1","containerId":"stranger","config":"e30=","ifName":"net1","networkName":"pods","result":{}}""",
            TestContext.Current.CancellationToken);

        await lab.Network.CollectGarbageAsync(CancellationToken.None);

        Assert.Equal(["STATUS bridge", "STATUS portmap", "GC bridge", "GC portmap"], lab.Ran().Where(call => !call.StartsWith("ADD", StringComparison.Ordinal)));
        foreach (string key in new[] { "cni.dev/valid-attachments", "cni.dev/attachments" })
        {
            JsonArray valid = lab.Input("GC bridge")[key]!.AsArray();
            Assert.Equal(
                [$"{request.SandboxId.Value} eth0", "stranger net1"],
                valid.Select(entry => $"{entry!["containerID"]} {entry["ifname"]}").OrderByDescending(text => text.Length));
        }
    }

    [Fact]
    public async Task CollectGarbageAsync_ResultOfAKilledWriter_IsRemoved()
    {
        using NetworkLab lab = new(Newest);
        await lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);
        string written = Assert.Single(lab.CacheFiles);
        string[] foreign = [$"{lab.Results}/.tmp", $"{lab.Results}/.pods-stranger-net1.tmp"];
        string unfinished = $"{lab.Results}/.crid-pods-killed-eth0.tmp";
        Array.ForEach([unfinished, .. foreign], static path => File.WriteAllText(path, "{"));

        await lab.Network.CollectGarbageAsync(CancellationToken.None);

        Assert.Equal([written, .. foreign], lab.CacheFiles.OrderByDescending(path => path == written).ThenBy(static path => path.Length));
    }

    [Fact]
    public async Task CollectGarbageAsync_OnePluginFails_RunsTheOthersAndSaysSo()
    {
        using NetworkLab lab = new(Newest);
        lab.Fake.Answer = call => call.ToString() == "GC bridge" ? FakePlugins.Failure(100, "no") : null;

        CridException exception = await Assert.ThrowsAnyAsync<CridException>(() => lab.Network.CollectGarbageAsync(CancellationToken.None));

        Assert.Contains("'bridge' (GC): no", exception.Message, StringComparison.Ordinal);
        Assert.Contains("GC portmap", lab.Ran());
    }

    [Theory]
    [InlineData(NetworkLab.Chain)]
    [InlineData("""{"cniVersion":"1.1.0","name":"pods","disableGC":true,"plugins":[{"type":"bridge"}]}""")]
    public async Task CollectGarbageAsync_NetworkWithoutGc_AsksNobody(string configuration)
    {
        using NetworkLab lab = new(configuration);

        await lab.Network.CollectGarbageAsync(CancellationToken.None);

        Assert.DoesNotContain(lab.Ran(), call => call.StartsWith("GC", StringComparison.Ordinal));
    }
}
