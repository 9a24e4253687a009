namespace Crid.Streaming.Tests;

public sealed class UpgradeNegotiationTests
{
    [Theory]
    [InlineData("v5.channel.k8s.io, v4.channel.k8s.io,v3.channel.k8s.io", "v4.channel.k8s.io")]
    [InlineData("v2.channel.k8s.io,v4.channel.k8s.io", "v2.channel.k8s.io")]
    [InlineData("channel.k8s.io", "channel.k8s.io")]
    public void ForRemoteCommand_Spdy_TakesTheClientsFirstKnown(string offered, string chosen)
    {
        UpgradeDecision decision = UpgradeNegotiation.ForRemoteCommand(Spdy(offered));

        Assert.Equal((UpgradeKind.Spdy, chosen, 101), (decision.Kind, decision.Protocol, decision.StatusCode));
        Assert.Contains(KeyValuePair.Create("X-Stream-Protocol-Version", chosen), decision.Headers);
        Assert.Contains(KeyValuePair.Create("Upgrade", "SPDY/3.1"), decision.Headers);
    }

    [Theory]
    [InlineData("", 400, 0)]
    [InlineData("v9.channel.k8s.io", 403, 4)]
    public void ForRemoteCommand_NoCommonProtocol_IsRefused(string offered, int status, int accepted)
    {
        UpgradeDecision decision = UpgradeNegotiation.ForRemoteCommand(Spdy(offered));

        Assert.Equal((UpgradeKind.Refused, status), (decision.Kind, decision.StatusCode));
        Assert.Equal(accepted, decision.Headers.Count(static header => header.Key == "X-Accepted-Stream-Protocol-Versions"));
        Assert.NotEmpty(decision.Message);
    }

    [Theory]
    [InlineData("keep-alive", "SPDY/3.1")]
    [InlineData("Upgrade", "h2c")]
    public void ForRemoteCommand_NoUpgrade_Is400(string connection, string upgrade)
    {
        UpgradeRequest request = Spdy("v4.channel.k8s.io") with { Connection = [connection], Upgrade = [upgrade] };

        Assert.Equal(400, UpgradeNegotiation.ForRemoteCommand(request).StatusCode);
    }

    [Theory]
    [InlineData("", "", UpgradeKind.WebSocket, 101)]
    [InlineData("v5.channel.k8s.io", "v5.channel.k8s.io", UpgradeKind.WebSocket, 101)]
    [InlineData("x, v4.base64.channel.k8s.io", "v4.base64.channel.k8s.io", UpgradeKind.WebSocket, 101)]
    [InlineData("x", "", UpgradeKind.Refused, 403)]
    public void ForRemoteCommand_WebSocket_TakesTheClientsFirstKnown(string offered, string chosen, UpgradeKind kind, int status)
    {
        UpgradeDecision decision = UpgradeNegotiation.ForRemoteCommand(WebSocket(offered));

        Assert.Equal((kind, chosen, status), (decision.Kind, decision.Protocol, decision.StatusCode));
    }

    [Theory]
    [InlineData("SPDY/3.1+portforward.k8s.io", UpgradeKind.SpdyTunnel)]
    [InlineData("v4.channel.k8s.io", UpgradeKind.WebSocket)]
    [InlineData("v5.channel.k8s.io", UpgradeKind.WebSocket)]
    [InlineData("v3.channel.k8s.io", UpgradeKind.Refused)]
    public void ForPortForward_WebSocket_KnowsTheTunnel(string offered, UpgradeKind kind) =>
        Assert.Equal(kind, UpgradeNegotiation.ForPortForward(WebSocket(offered)).Kind);

    [Fact]
    public void ForPortForward_Spdy_HasItsOwnProtocol()
    {
        Assert.Equal(UpgradeKind.Spdy, UpgradeNegotiation.ForPortForward(Spdy("portforward.k8s.io")).Kind);
        Assert.Equal(403, UpgradeNegotiation.ForPortForward(Spdy("v4.channel.k8s.io")).StatusCode);
    }

    [Fact]
    public void ForRemoteCommand_WebSocket_AnswersTheKey()
    {
        UpgradeDecision decision = UpgradeNegotiation.ForRemoteCommand(WebSocket("v5.channel.k8s.io"));

        // The key and its answer are the example of RFC 6455, section 1.3.
        Assert.Contains(KeyValuePair.Create("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), decision.Headers);
        Assert.Contains(KeyValuePair.Create("Sec-WebSocket-Protocol", "v5.channel.k8s.io"), decision.Headers);
        Assert.DoesNotContain(UpgradeNegotiation.ForRemoteCommand(WebSocket("")).Headers, static header => header.Key == "Sec-WebSocket-Protocol");
    }

    [Fact]
    public void ForRemoteCommand_AnotherWebSocketVersion_IsTold()
    {
        UpgradeDecision decision = UpgradeNegotiation.ForRemoteCommand(WebSocket("v5.channel.k8s.io") with { WebSocketVersions = ["8"] });

        Assert.Equal(426, decision.StatusCode);
        Assert.Contains(KeyValuePair.Create("Sec-WebSocket-Version", "13"), decision.Headers);
    }

    [Theory]
    [InlineData()]
    [InlineData("")]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64 at all")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==")]
    public void ForRemoteCommand_WrongWebSocketKey_Is400(params string[] keys) =>
        Assert.Equal(400, UpgradeNegotiation.ForRemoteCommand(WebSocket("v5.channel.k8s.io") with { WebSocketKeys = keys }).StatusCode);

    private static UpgradeRequest Spdy(string offered) => new() { Connection = ["Upgrade"], Upgrade = ["SPDY/3.1"], StreamProtocols = [offered] };

    private static UpgradeRequest WebSocket(string offered) => new()
    {
        Connection = ["keep-alive, upgrade"],
        Upgrade = ["WebSocket"],
        WebSocketProtocols = [offered],
        WebSocketVersions = ["13"],
        WebSocketKeys = ["dGhlIHNhbXBsZSBub25jZQ=="],
    };
}
