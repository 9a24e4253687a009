using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

public sealed class SpdyPortForwardTests
{
    [Fact]
    public async Task Forward_HalfClose_IsPassedOnBothWays()
    {
        await using Lab lab = new();
        (ClientStream error, ClientStream data) = await lab.OpenAsync("8080", "0");

        await lab.Client.SendAsync(data, "ping", fin: true);

        Assert.Equal("ping", await data.TextAsync());
        Assert.Equal("", await error.TextAsync());
        Assert.False(data.IsReset || error.IsReset);
        Assert.Equal([8080], lab.Echo.Ports);
    }

    [Fact]
    public async Task Forward_WithoutRequestId_PairsByStreamId()
    {
        await using Lab lab = new();
        ClientStream error = await lab.Client.OpenAsync(("streamtype", "error"), ("port", "90"));
        ClientStream data = await lab.Client.OpenAsync(("streamtype", "data"), ("port", "90"));

        await lab.Client.SendAsync(data, "x", fin: true);

        Assert.Equal("x", await data.TextAsync());
        Assert.Equal("", await error.TextAsync());
    }

    [Fact]
    public async Task Forward_Refused_IsTextOnItsErrorStreamOnly()
    {
        await using Lab lab = new();
        (ClientStream error, ClientStream refused) = await lab.OpenAsync("1", "0");
        (ClientStream _, ClientStream data) = await lab.OpenAsync("8080", "1");

        await lab.Client.SendAsync(data, "fine", fin: true);

        Assert.Equal("error forwarding port 1 to sandbox x: connection refused", await error.TextAsync());
        await refused.Ended;
        Assert.Equal("fine", await data.TextAsync());
    }

    [Theory]
    [InlineData("0", "data")]
    [InlineData("65536", "data")]
    [InlineData("-1", "error")]
    [InlineData("http", "error")]
    [InlineData("80", "other")]
    public async Task Open_InvalidHeaders_IsReset(string port, string type)
    {
        await using Lab lab = new();

        ClientStream stream = await lab.Client.OpenAsync(("streamtype", type), ("port", port), ("requestid", "0"));

        Assert.Equal((uint)SpdyStatus.Cancel, await stream.ResetStatus);
    }

    [Fact]
    public async Task Open_SecondStreamMissing_TellsAfterAWhile()
    {
        ManualTime time = new();
        await using Lab lab = new(time: time);
        ClientStream error = await lab.Client.OpenAsync(("streamtype", "error"), ("port", "80"), ("requestid", "0"));
        await error.Replied;
        await Eventually(() => time.PendingTimers >= 2);

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Contains("did not come in time", await error.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_StreamsResetBeforeTheirSecondOnes_AreRefusedAboveTheLimit()
    {
        ManualTime time = new();
        await using Lab lab = new(time: time, options: new StreamingOptions { MaxForwardStreams = 8 });
        for (int i = 0; i < 8; i++)
        {
            ClientStream alone = await lab.Client.OpenAsync(("streamtype", "error"), ("port", "80"), ("requestid", $"{i}"));
            await alone.Replied;
            await lab.Client.SendAsync(SpdyClient.Control(3, alone.Id, 5));
        }

        ClientStream refused = await lab.Client.OpenAsync(("streamtype", "error"), ("port", "80"), ("requestid", "8"));
        Assert.Equal((uint)SpdyStatus.Cancel, await refused.ResetStatus);

        // Those that waited in vain make room again.
        await Eventually(() => time.PendingTimers >= 9);
        time.Advance(TimeSpan.FromSeconds(31));
        await Eventually(() => time.PendingTimers < 9);
        (ClientStream _, ClientStream data) = await lab.OpenAsync("80", "9");
        await lab.Client.SendAsync(data, "ping", fin: true);
        Assert.Equal("ping", await data.TextAsync());
    }

    [Fact]
    public async Task Open_SecondDataStream_IsResetWithText()
    {
        await using Lab lab = new();
        (ClientStream error, ClientStream _) = await lab.OpenAsync("80", "0");

        ClientStream again = await lab.Client.OpenAsync(("streamtype", "data"), ("port", "80"), ("requestid", "0"));

        Assert.Equal((uint)SpdyStatus.Cancel, await again.ResetStatus);
        Assert.Contains("a second data stream", await error.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forward_ResetByTheClient_ClosesThePort()
    {
        await using Lab lab = new();
        (ClientStream error, ClientStream data) = await lab.OpenAsync("80", "0");
        await lab.Client.SendAsync(data, "x");
        await Eventually(() => data.Length == 1);

        await lab.Client.SendAsync(SpdyClient.Control(3, data.Id, 5));

        Assert.Equal("", await error.TextAsync());
        await Eventually(() => lab.Echo.Open == 0);
    }

    [Fact]
    public async Task Forward_PortThatNeverEnds_IsCutWhenHalfClosedAndIdle()
    {
        ManualTime time = new();
        await using Lab lab = new(new EchoTarget { Serve = static _ => Task.CompletedTask }, time);
        (ClientStream error, ClientStream data) = await lab.OpenAsync("80", "0");
        await Eventually(() => lab.Echo.Open == 1);
        await lab.Client.SendAsync(data, "", fin: true);

        await Eventually(() =>
        {
            time.Advance(TimeSpan.FromSeconds(31));
            return lab.Echo.Open == 0;
        });

        Assert.Equal("", await error.TextAsync());
        Assert.Equal((uint)SpdyStatus.Cancel, await data.ResetStatus);
    }

    [Fact]
    public async Task Forward_ThousandConnections_LeaveNothing()
    {
        await using Lab lab = new();
        for (int i = 0; i < 1000; i++)
        {
            (ClientStream error, ClientStream data) = await lab.OpenAsync("80", i.ToString());
            await lab.Client.SendAsync(data, $"request {i}", fin: true);
            Assert.Equal($"request {i}", await data.TextAsync());
            Assert.Equal("", await error.TextAsync());
        }

        await Eventually(() => lab.Echo.Open == 0);
    }

    [Fact]
    public async Task Run_ClientGone_ClosesAllPorts()
    {
        await using Lab lab = new();
        (ClientStream _, ClientStream data) = await lab.OpenAsync("80", "0");
        await lab.Client.SendAsync(data, "x");
        await Eventually(() => data.Length == 1);

        lab.Client.EndSend();

        await lab.Serving.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, lab.Echo.Open);
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private sealed class Lab : IAsyncDisposable
    {
        private readonly DuplexStream _server;

        public Lab(EchoTarget? echo = null, TimeProvider? time = null, StreamingOptions? options = null)
        {
            (_server, DuplexStream client) = DuplexStream.CreatePair();
            Echo = echo ?? new EchoTarget();
            Serving = ServeAsync(new PortForwardServer(options ?? new StreamingOptions(), time ?? TimeProvider.System, NullLogger<PortForwardServer>.Instance));
            Client = new SpdyClient(client);
        }

        public EchoTarget Echo { get; }

        public SpdyClient Client { get; }

        public Task Serving { get; }

        /// <summary>Opens the pair of a connection as clients do: error first, with its own direction ended at once.</summary>
        public async Task<(ClientStream Error, ClientStream Data)> OpenAsync(string port, string request)
        {
            ClientStream error = await Client.OpenAsync(("streamtype", "error"), ("port", port), ("requestid", request));
            await error.Replied;
            await Client.SendAsync(error, "", fin: true);
            ClientStream data = await Client.OpenAsync(("streamtype", "data"), ("port", port), ("requestid", request));
            await data.Replied;
            return (error, data);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Serving.WaitAsync(TimeSpan.FromSeconds(20));
        }

        private async Task ServeAsync(PortForwardServer server)
        {
            await server.ServeSpdyAsync(_server, Echo.Target, CancellationToken.None);
            await _server.DisposeAsync();
        }
    }
}
