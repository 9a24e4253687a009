namespace Crid.HostTests;

/// <summary>Ports of a pod whose listeners are on its loopback addresses only, through crictl and crid.</summary>
public sealed class PortForwardTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const int OnIpv4 = 80;
    private const int OnIpv6 = 81;
    private const int Closed = 82;

    private const string Listeners = "httpd -f -p 127.0.0.1:80 -h /etc & httpd -f -p '[::1]:81' -h /etc & sleep 1000";

    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("spdy")]
    [InlineData("websocket")]
    public async Task Crictl_ListenersOnEitherLoopback_AreReached(string transport)
    {
        string crictl = Shell.Find("crictl");
        Assert.SkipUnless(File.Exists("/proc/net/if_inet6"), "the kernel has no IPv6");
        (string sandbox, _) = await Daemon.RunPodAsync($"forward-{transport}", fixture.Image, Listeners);
        (int ipv4, int ipv6) = (Shell.FreePort(), Shell.FreePort());
        await using LabProcess forwarding = LabProcess.Start(
            $"{Daemon.Directory}/crictl-{transport}.log", crictl, "--runtime-endpoint", $"unix://{Daemon.Socket}", "port-forward", "--transport", transport, sandbox, $"{ipv4}:{OnIpv4}", $"{ipv6}:{OnIpv6}");
        await Eventually.TrueAsync(() => IsForwarding(forwarding, ipv6), "crictl listens");

        for (int i = 0; i < 10; i++)
        {
            Assert.Contains("root:", await GetAsync(ipv4), StringComparison.Ordinal);
            Assert.Contains("root:", await GetAsync(ipv6), StringComparison.Ordinal);
        }

        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Fact]
    public async Task Crid_PortThatIsClosed_FailsAloneWhileOthersGoOn()
    {
        (string sandbox, _) = await Daemon.RunPodAsync("forward-closed", fixture.Image, Listeners);
        (int open, int closed) = (Shell.FreePort(), Shell.FreePort());
        await using LabProcess forwarding = LabProcess.Start(
            $"{Daemon.Directory}/closed.log", Path.Combine(HostRequirements.BinDirectory, "crid"), "port-forward", "--address", $"unix://{Daemon.Socket}", sandbox, $"{open}:{OnIpv4}", $"{closed}:{Closed}");
        await Eventually.TrueAsync(() => IsForwarding(forwarding, closed), "crid listens");

        for (int i = 0; i < 3; i++)
        {
            Assert.Contains("root:", await GetAsync(open), StringComparison.Ordinal);
            await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(closed));
        }

        Assert.Contains("root:", await GetAsync(open), StringComparison.Ordinal);
        Assert.False(forwarding.HasExited);
        await Eventually.TrueAsync(() => ReadLog(forwarding).Contains($"port {Closed}", StringComparison.Ordinal), $"the closed port is named in {ReadLog(forwarding)}");
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    private static bool IsForwarding(LabProcess client, int port)
    {
        Assert.False(client.HasExited, $"the client has ended: {ReadLog(client)}");
        return ReadLog(client).Contains($":{port}", StringComparison.Ordinal);
    }

    private static string ReadLog(LabProcess client)
    {
        using FileStream log = new(client.LogPath, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(log);
        return reader.ReadToEnd();
    }

    /// <summary>One request on a connection of its own.</summary>
    private static async Task<string> GetAsync(int port)
    {
        using HttpClient client = new();
        return await client.GetStringAsync($"http://127.0.0.1:{port}/passwd");
    }
}
