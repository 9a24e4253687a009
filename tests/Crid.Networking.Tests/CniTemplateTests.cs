using Crid.Core;

namespace Crid.Networking.Tests;

public sealed class CniTemplateTests
{
    private const string Template = """
        {"cniVersion":"1.0.0","name":"kubenet","plugins":[
          {"type":"bridge","note":"{{ .PodCIDR }}","ipam":{"type":"host-local","ranges":{{.Ranges}},"routes":{{.Routes}}}}]}
        """;

    private const string Written = "10-crid.conflist";

    [Fact]
    public async Task UpdatePodCidrAsync_NothingConfigured_WritesTheConfigurationAndIsReady()
    {
        using NetworkLab lab = new(configuration: null);
        using PodNetwork network = CreateNetwork(lab, Template);
        await network.StartAsync(CancellationToken.None);

        await network.UpdatePodCidrAsync("10.4.0.0/24,fd00:4::/64", CancellationToken.None);

        Assert.True(network.GetStatus().IsReady);
        Assert.Contains(
            """"note":"10.4.0.0/24","ipam":{"type":"host-local","ranges":[[{"subnet":"10.4.0.0/24"}],[{"subnet":"fd00:4::/64"}]],"routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}"""",
            await File.ReadAllTextAsync($"{lab.Configuration}/{Written}", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdatePodCidrAsync_CidrChanges_WritesAnew()
    {
        using NetworkLab lab = new(configuration: null);
        using PodNetwork network = CreateNetwork(lab, Template);
        await network.UpdatePodCidrAsync("10.4.0.0/24", CancellationToken.None);

        await network.UpdatePodCidrAsync("10.5.0.0/24", CancellationToken.None);

        Assert.Contains("10.5.0.0/24", await File.ReadAllTextAsync($"{lab.Configuration}/{Written}", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdatePodCidrAsync_OthersConfigurationIsThere_LeavesItAlone()
    {
        using NetworkLab lab = new();
        using PodNetwork network = CreateNetwork(lab, Template);

        await network.UpdatePodCidrAsync("10.4.0.0/24", CancellationToken.None);

        Assert.False(File.Exists($"{lab.Configuration}/{Written}"));
    }

    [Fact]
    public async Task UpdatePodCidrAsync_PluginsOfOthersConfigurationAreNotReadyYet_LeavesItAlone()
    {
        using NetworkLab lab = new("""{"cniVersion":"1.1.0","name":"addon","plugins":[{"type":"bridge"}]}""");
        lab.Fake.Answer = static call => call.Command == "STATUS" ? FakePlugins.Failure(50, "agent is starting") : null;
        using PodNetwork network = CreateNetwork(lab, Template);
        await network.StartAsync(CancellationToken.None);
        Assert.False(network.GetStatus().IsReady);

        await network.UpdatePodCidrAsync("10.4.0.0/24", CancellationToken.None);

        Assert.False(File.Exists($"{lab.Configuration}/{Written}"));
    }

    [Theory]
    [InlineData("""{"name":"x","plugins":[{"type":"bridge","subnet":"{{range .PodCIDRRanges}}"}]}""", "range .PodCIDRRanges")]
    [InlineData("""{"name":"x","plugins":[{{.PodCIDR}}]}""", "not valid JSON")]
    public async Task UpdatePodCidrAsync_TemplateGivesNoConfiguration_IsInvalidAndWritesNothing(string template, string said)
    {
        using NetworkLab lab = new(configuration: null);
        using PodNetwork network = CreateNetwork(lab, template);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => network.UpdatePodCidrAsync("10.4.0.0/24", CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(lab.Configuration));
    }

    [Fact]
    public async Task UpdatePodCidrAsync_TemplateIsMissing_SaysSo()
    {
        using NetworkLab lab = new(configuration: null);
        using PodNetwork network = lab.CreateNetwork(options => options with { Template = "/no/such/template" });

        CridException exception = await Assert.ThrowsAsync<CridException>(() => network.UpdatePodCidrAsync("10.4.0.0/24", CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("/no/such/template", exception.Message, StringComparison.Ordinal);
    }

    private static PodNetwork CreateNetwork(NetworkLab lab, string template)
    {
        string path = $"{lab.Plugins}/template";
        File.WriteAllText(path, template);
        return lab.CreateNetwork(options => options with { Template = path });
    }
}
