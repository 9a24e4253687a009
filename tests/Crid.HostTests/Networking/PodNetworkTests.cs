using System.Diagnostics;
using Crid.Core;
using Crid.Networking;

namespace Crid.HostTests;

public sealed class PodNetworkTests : IDisposable
{
    private readonly BridgeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task AttachAsync_TwoSandboxes_ReachEachOther()
    {
        AttachmentRequest first = await _lab.PrepareAsync();
        AttachmentRequest second = await _lab.PrepareAsync();

        PodAddresses one = await _lab.Network.AttachAsync(first, CancellationToken.None);
        PodAddresses two = await _lab.Network.AttachAsync(second, CancellationToken.None);

        Assert.Equal(2, one.Addresses.Count);
        Assert.StartsWith("10.99.", one.Addresses[0], StringComparison.Ordinal);
        Assert.StartsWith("fd99:", one.Addresses[1], StringComparison.Ordinal);
        await LabProcess.RunAsync("nsenter", $"--net={first.NetnsPath}", "busybox", "ping", "-c", "1", "-W", "2", two.Addresses[0]);
        Assert.Equal("hello", await TransferAsync(second.NetnsPath, 80, ["nsenter", $"--net={first.NetnsPath}", "busybox", "nc", "-w", "5", two.Addresses[0], "80"]));
        await _lab.Network.DetachAsync(first, CancellationToken.None);
        await _lab.Network.DetachAsync(second, CancellationToken.None);
    }

    [Fact]
    public async Task AttachAsync_HostPort_LeadsToThePod()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("TCP", 8000, 18000, ""));

        await _lab.Network.AttachAsync(request, CancellationToken.None);

        Assert.Equal("hello", await TransferAsync(request.NetnsPath, 8000, ["busybox", "nc", "-w", "5", _lab.Gateway, "18000"]));
        await _lab.Network.DetachAsync(request, CancellationToken.None);
    }

    [Fact]
    public async Task AttachAsync_HostPortOfOneAddress_IsOpenOnThatAlone()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("tcp", 8000, 18005, _lab.Gateway));

        await _lab.Network.AttachAsync(request, CancellationToken.None);

        Assert.Equal("hello", await TransferAsync(request.NetnsPath, 8000, ["busybox", "nc", "-w", "5", _lab.Gateway, "18005"]));
        Assert.Contains(await _lab.NatRulesAsync("iptables-save"), rule => rule.Contains($"-d {_lab.Gateway}/32", StringComparison.Ordinal) && rule.Contains("--dport 18005", StringComparison.Ordinal));
        Assert.DoesNotContain(await _lab.NatRulesAsync("ip6tables-save"), static rule => rule.Contains("--dport 18005", StringComparison.Ordinal));
        await _lab.Network.DetachAsync(request, CancellationToken.None);
    }

    [Theory]
    [InlineData("TCP", 18006)]
    [InlineData("UDP", 18007)]
    [InlineData("SCTP", 18008)]
    public async Task AttachAsync_HostPortOfAProtocol_HasRulesForBothFamiliesAndLeavesNone(string protocol, int port)
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort(protocol, 8000, port, ""));
        string rule = $"-p {protocol.ToLowerInvariant()} -m {protocol.ToLowerInvariant()} --dport {port} -j DNAT";

        await _lab.Network.AttachAsync(request, CancellationToken.None);
        IReadOnlyList<string> ipv4 = await _lab.NatRulesAsync("iptables-save");
        IReadOnlyList<string> ipv6 = await _lab.NatRulesAsync("ip6tables-save");
        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Contains(ipv4, candidate => candidate.Contains(rule, StringComparison.Ordinal));
        Assert.Contains(ipv6, candidate => candidate.Contains(rule, StringComparison.Ordinal));
        Assert.Empty(await _lab.LeftoversAsync(request));
        Assert.DoesNotContain(await _lab.NatRulesAsync("ip6tables-save"), candidate => candidate.Contains(rule, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DetachAsync_Twice_LeavesNothing()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("tcp", 8000, 18001, ""));
        await _lab.Network.AttachAsync(request, CancellationToken.None);
        Assert.NotEmpty(await _lab.LeftoversAsync(request));
        Assert.Single(_lab.Ports());

        await _lab.Network.DetachAsync(request, CancellationToken.None);
        await _lab.Network.DetachAsync(request, CancellationToken.None);

        Assert.Empty(await _lab.LeftoversAsync(request));
        Assert.Empty(_lab.Ports());
        Assert.Empty(_lab.Network.ListAttachments());
    }

    [Fact]
    public async Task DetachAsync_NeverAttached_Succeeds()
    {
        await _lab.Network.DetachAsync(await _lab.PrepareAsync(), CancellationToken.None);

        Assert.Empty(_lab.Network.ListAttachments());
    }

    [Fact]
    public async Task DetachOrphanAsync_ListedAttachment_LeavesNothing()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("tcp", 8000, 18003, ""));
        await _lab.Network.AttachAsync(request, CancellationToken.None);

        foreach (string id in _lab.Network.ListAttachments())
        {
            await _lab.Network.DetachOrphanAsync(id, CancellationToken.None);
        }

        Assert.Empty(await _lab.LeftoversAsync(request));
        Assert.Empty(_lab.Ports());
    }

    [Fact]
    public async Task AttachAsync_HostPortPluginRefuses_LeavesNothing()
    {
        AttachmentRequest request = await _lab.PrepareAsync(new HostPort("tcp", 70000, 18004, ""));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(request, CancellationToken.None));

        Assert.Contains("portmap", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await _lab.LeftoversAsync(request));
        Assert.Empty(_lab.Ports());
    }

    [Fact]
    public async Task AttachAsync_ManyAtOnce_AllGetAddressesAndGoAgain()
    {
        AttachmentRequest[] requests = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _lab.PrepareAsync()));

        PodAddresses[] addresses = await Task.WhenAll(requests.Select(request => _lab.Network.AttachAsync(request, CancellationToken.None)));
        int attached = _lab.Ports().Length;
        await Task.WhenAll(requests.Select(request => _lab.Network.DetachAsync(request, CancellationToken.None)));

        Assert.Equal(10, addresses.Select(pod => pod.Addresses[0]).Distinct().Count());
        Assert.Equal(10, attached);
        Assert.Empty(_lab.Ports());
    }

    [Fact]
    public async Task AttachAsync_Repeated_AddsLittleToThePlugins()
    {
        for (int i = 0; i < 5; i++)
        {
            AttachmentRequest request = await _lab.PrepareAsync();
            long start = Stopwatch.GetTimestamp();
            await _lab.Network.AttachAsync(request, CancellationToken.None);
            double attached = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            await _lab.Network.DetachAsync(request, CancellationToken.None);
            TestContext.Current.TestOutputHelper?.WriteLine($"attach {attached:F1} ms, detach {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
            Assert.Empty(await _lab.LeftoversAsync(request));
        }
    }

    /// <summary>Serves 'hello' on a port of a namespace and returns what the client command reads there.</summary>
    private static async Task<string> TransferAsync(string netns, int port, string[] client)
    {
        string log = Path.GetTempFileName();
        await using LabProcess server = LabProcess.Start(
            log, "nsenter", $"--net={netns}", "busybox", "nc", "-l", "-p", port.ToString(), "-e", "/bin/busybox", "echo", "hello");
        await Eventually.TrueAsync(
            async () => (await LabProcess.RunAsync("nsenter", $"--net={netns}", "cat", "/proc/net/tcp", "/proc/net/tcp6")).Contains($":{port:X4} ", StringComparison.Ordinal),
            $"port {port} is listened on");
        string answer = await LabProcess.RunAsync(client[0], client[1..]);
        File.Delete(log);
        return answer.Trim();
    }
}
