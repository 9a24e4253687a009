using System.Text;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Networking.Tests;

public sealed class ReadinessTests
{
    [Fact]
    public async Task GetStatus_NoConfiguration_NamesTheDirectory()
    {
        using NetworkLab lab = new(configuration: null);
        await lab.Network.StartAsync(CancellationToken.None);

        NetworkStatus status = lab.Network.GetStatus();

        Assert.False(status.IsReady);
        Assert.Equal("NetworkPluginNotReady", status.Reason);
        Assert.Contains(lab.Configuration, status.Message, StringComparison.Ordinal);
        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));
        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
    }

    [Fact]
    public async Task GetStatus_ConfigurationAppearsLater_BecomesReady()
    {
        using NetworkLab lab = new(configuration: null);
        await lab.Network.StartAsync(CancellationToken.None);

        lab.Configure("10-pods.conflist", NetworkLab.Chain);

        await WaitAsync(() => lab.Network.GetStatus().IsReady);
    }

    [Fact]
    public async Task GetStatus_PluginAppearsLater_BecomesReady()
    {
        using NetworkLab lab = new("""{"cniVersion":"1.0.0","name":"pods","plugins":[{"type":"late"}]}""");
        await lab.Network.StartAsync(CancellationToken.None);
        Assert.Contains("plugin 'late' is not installed", lab.Network.GetStatus().Message, StringComparison.Ordinal);

        lab.Install("late");

        await WaitAsync(() => lab.Network.GetStatus().IsReady);
    }

    [Fact]
    public async Task Refresh_PluginOfARejectedFileAppearsLater_ItsNetworkIsUsed()
    {
        using NetworkLab lab = new();
        lab.Configure("00-first.conflist", """{"cniVersion":"1.0.0","name":"first","plugins":[{"type":"late"},{"type":"bridge"}]}""");
        await lab.Network.StartAsync(CancellationToken.None);
        Assert.Equal("pods", await NetworkOfANewPodAsync(lab));

        lab.Install("late");

        await WaitAsync(async () => await NetworkOfANewPodAsync(lab) == "first");
    }

    [Fact]
    public async Task Refresh_PluginOfARejectedFileIsReplaced_IsAskedForItsVersionsAgain()
    {
        using NetworkLab lab = new();
        lab.Configure("00-first.conflist", """{"cniVersion":"1.0.0","name":"first","plugins":[{"type":"bandwidth"},{"type":"bridge"}]}""");
        lab.Fake.Answer = static call => call is { Command: "VERSION", Plugin: "bandwidth" } ? FakePlugins.Success("""{"supportedVersions":["0.4.0"]}""") : null;
        await lab.Network.StartAsync(CancellationToken.None);
        Assert.Equal("pods", await NetworkOfANewPodAsync(lab));

        lab.Fake.Answer = static _ => null;
        await File.WriteAllTextAsync($"{lab.Plugins}/bandwidth", "newer", TestContext.Current.CancellationToken);

        await WaitAsync(async () => await NetworkOfANewPodAsync(lab) == "first");
    }

    [Fact]
    public async Task Refresh_PluginOfARejectedFileStaysBroken_IsNotAskedAgain()
    {
        using NetworkLab lab = new();
        lab.Configure("00-first.conflist", """{"cniVersion":"1.0.0","name":"first","plugins":[{"type":"bandwidth"},{"type":"missing"}]}""");
        lab.Fake.Answer = static call => call is { Command: "VERSION", Plugin: "bandwidth" } ? FakePlugins.Failure(1, "broken") : null;
        CniPluginRunner runner = new([lab.Plugins], lab.Fake, NullLogger.Instance, TimeProvider.System);
        CniConfigurationDirectory directory = new(lab.Configuration, maximum: 1, runner, NullLogger.Instance);
        await directory.RefreshAsync(CancellationToken.None);
        int asked = lab.Fake.VersionCalls;

        await directory.RefreshAsync(CancellationToken.None);

        Assert.Equal("pods", Assert.Single(directory.Networks).Name);
        Assert.Equal((3, 3), (asked, lab.Fake.VersionCalls));
    }

    [Fact]
    public async Task Refresh_FileReplacedWhileItIsLoaded_TheNewOneCounts()
    {
        using NetworkLab lab = new();
        bool isReplaced = false;
        lab.Fake.Answer = call =>
        {
            if (call is { Command: "VERSION", Plugin: "portmap" } && !isReplaced)
            {
                isReplaced = true;
                lab.Configure("10-pods.conflist", NetworkLab.Chain.Replace("pods", "late", StringComparison.Ordinal));
            }

            return null;
        };

        await lab.Network.StartAsync(CancellationToken.None);

        Assert.True(isReplaced);
        await WaitAsync(async () => await NetworkOfANewPodAsync(lab) == "late");
    }

    [Fact]
    public async Task Refresh_FileBehindALinkChanges_IsNoticed()
    {
        using NetworkLab lab = new(configuration: null);
        string target = $"{lab.Plugins}/target";
        await File.WriteAllTextAsync(target, NetworkLab.Chain, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink($"{lab.Configuration}/10-pods.conflist", target);
        await lab.Network.StartAsync(CancellationToken.None);
        Assert.Equal("pods", await NetworkOfANewPodAsync(lab));

        await File.WriteAllTextAsync(target, NetworkLab.Chain.Replace("pods", "late", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await WaitAsync(async () => await NetworkOfANewPodAsync(lab) == "late");
    }

    [Fact]
    public async Task Refresh_ManyChangesOneAfterTheOther_TheLastOneCounts()
    {
        using NetworkLab lab = new();
        await lab.Network.StartAsync(CancellationToken.None);

        for (int i = 0; i < 200; i++)
        {
            lab.Configure("10-pods.conflist", i % 3 == 0 ? "{" : NetworkLab.Chain.Replace("pods", $"pods-{i}", StringComparison.Ordinal));
            lab.Configure($"20-{i % 7}.conflist", NetworkLab.Chain.Replace("pods", $"other-{i}", StringComparison.Ordinal));
        }

        lab.Configure("10-pods.conflist", NetworkLab.Chain.Replace("pods", "last", StringComparison.Ordinal));

        await WaitAsync(async () => await NetworkOfANewPodAsync(lab) == "last");
    }

    [Fact]
    public async Task GetStatus_ConfigurationDirectoryDeletedAndMadeAgain_FollowsBoth()
    {
        using NetworkLab lab = new();
        await lab.Network.StartAsync(CancellationToken.None);
        Assert.True(lab.Network.GetStatus().IsReady);

        Directory.Delete(lab.Configuration, recursive: true);
        await WaitAsync(() => !lab.Network.GetStatus().IsReady);
        Directory.CreateDirectory(lab.Configuration);
        lab.Configure("10-pods.conflist", NetworkLab.Chain);

        await WaitAsync(() => lab.Network.GetStatus().IsReady);
    }

    [Theory]
    [InlineData("00-bad.conflist", "{")]
    [InlineData("00-bad.conflist", """{"cniVersion":"1.0.0","name":"bad","plugins":[]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"1.0.0","name":"../bad","plugins":[{"type":"bridge"}]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"1.0.0","name":"bad","plugins":[{"type":"../../bin/sh"}]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"1.0.0","name":"bad","plugins":[{"type":"missing"}]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"9.0.0","name":"bad","plugins":[{"type":"bridge"}]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"0.3.0","name":"bad","plugins":[{"type":"bridge"}]}""")]
    [InlineData("00-bad.conflist", """{"cniVersion":"1.0.0","name":"a","name":"b","plugins":[{"type":"bridge"}]}""")]
    [InlineData("00-bad.conf", """{"cniVersion":"1.0.0","name":"bad","plugins":[{"type":"bridge"}]}""")]
    public async Task AttachAsync_OneFileIsBad_UsesTheNext(string file, string content)
    {
        using NetworkLab lab = new();
        lab.Configure(file, content);

        await lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal("pods", lab.Input("ADD bridge")["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task AttachAsync_SinglePluginFile_IsAListOfOne()
    {
        using NetworkLab lab = new(configuration: null);
        lab.Configure("10-single.conf", """{"cniVersion":"0.4.0","name":"single","type":"bridge","mtu":1400}""");

        await lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["ADD bridge"], lab.Ran());
        Assert.Equal(("single", "0.4.0", 1400), (lab.Input("ADD bridge")["name"]!.GetValue<string>(), lab.Input("ADD bridge")["cniVersion"]!.GetValue<string>(), lab.Input("ADD bridge")["mtu"]!.GetValue<int>()));
    }

    [Fact]
    public async Task AttachAsync_SeveralVersionsOffered_UsesTheNewestKnown()
    {
        using NetworkLab lab = new("""{"cniVersion":"0.3.1","cniVersions":["0.4.0","1.0.0","7.0.0"],"name":"pods","plugins":[{"type":"bridge"}]}""");

        await lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal("1.0.0", lab.Input("ADD bridge")["cniVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task AttachAsync_FolderOfFurtherPlugins_ExtendsTheChain()
    {
        using NetworkLab lab = new();
        Directory.CreateDirectory($"{lab.Configuration}/pods");
        lab.Configure("pods/50-bandwidth.conf", """{"type":"bandwidth"}""");
        AttachmentRequest request = NetworkLab.Request();

        await lab.Network.AttachAsync(request, CancellationToken.None);
        File.Delete($"{lab.Configuration}/pods/50-bandwidth.conf");
        await lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD portmap", "ADD bandwidth", "DEL bandwidth", "DEL portmap", "DEL bridge"], lab.Ran());
    }

    [Fact]
    public async Task GetStatus_PluginReportsThatItIsNotAvailable_IsNotReady()
    {
        using NetworkLab lab = new("""{"cniVersion":"1.1.0","name":"pods","plugins":[{"type":"bridge"}]}""");
        lab.Fake.Answer = call => call.Command == "STATUS" ? FakePlugins.Failure(50, "agent is down") : null;

        await lab.Network.StartAsync(CancellationToken.None);

        Assert.Contains("agent is down", lab.Network.GetStatus().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.1.0", """{"cniVersion":"0.1.0","code":100,"msg":"unknown CNI_COMMAND: VERSION"}""", true)]
    [InlineData("0.1.0", """{"code":4,"msg":"invalid","details":"unknown CNI_COMMAND: VERSION"}""", true)]
    [InlineData("0.1.0", "unknown CNI_COMMAND: VERSION\n", true)]
    [InlineData("0.2.0", "unknown CNI_COMMAND: VERSION\n", false)]
    [InlineData("0.1.0", """{"code":100,"msg":"unknown CNI_COMMAND: STATUS"}""", false)]
    public async Task GetStatus_PluginThatDoesNotKnowVersion_SpeaksTheFirstOne(string version, string answer, bool isReady)
    {
        using NetworkLab lab = new($$"""{"cniVersion":"{{version}}","name":"pods","plugins":[{"type":"bridge"}]}""");
        lab.Fake.Answer = call => call.Command == "VERSION" ? new ProgramResult(1, Encoding.UTF8.GetBytes(answer), []) : null;

        await lab.Network.StartAsync(CancellationToken.None);

        Assert.Equal(isReady, lab.Network.GetStatus().IsReady);
    }

    [Theory]
    [InlineData("10.244.1.0/24", true)]
    [InlineData("10.244.1.0/24,fd00:1::/64", true)]
    [InlineData("", false)]
    [InlineData("10.244.1.0", false)]
    [InlineData("10.244.1.0/24,", false)]
    [InlineData("10.244.1.0/33", false)]
    public async Task UpdatePodCidrAsync_Value_IsKeptOrRefused(string cidr, bool isValid)
    {
        using NetworkLab lab = new();

        Exception? exception = await Record.ExceptionAsync(() => lab.Network.UpdatePodCidrAsync(cidr, CancellationToken.None));

        Assert.Equal(isValid, exception is null);
        Assert.Equal(isValid ? cidr : "", lab.Network.PodCidr);
    }

    private static async Task<string> NetworkOfANewPodAsync(NetworkLab lab)
    {
        await lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);
        return lab.Input("ADD bridge")["name"]!.GetValue<string>();
    }

    private static Task WaitAsync(Func<bool> condition) => WaitAsync(() => Task.FromResult(condition()));

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(10));
        while (!await condition())
        {
            await Task.Delay(5, timeout.Token);
        }
    }
}
