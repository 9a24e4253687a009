using System.Net;
using Crid.Core;

namespace Crid.Daemon.Tests;

public sealed class MetricsServerTests
{
    [Fact]
    public async Task Get_Metrics_IsTheText()
    {
        using MetricStore store = new();
        CridTelemetry.Meter.CreateCounter<long>("test_served_total", description: "Served.").Add(1);
        await using MetricsServer server = await StartAsync("127.0.0.1:0", store);
        using HttpClient client = new();

        using HttpResponseMessage response = await client.GetAsync($"{server.Address}/metrics", TestContext.Current.CancellationToken);

        Assert.Equal(MetricText.ContentType, response.Content.Headers.ContentType!.ToString());
        Assert.Contains("test_served_total 1\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/metrics/more")]
    [InlineData("DELETE", "/metrics")]
    [InlineData("POST", "/runtime.v1.RuntimeService/Version")]
    public async Task AnythingElse_IsNotFound(string method, string path)
    {
        using MetricStore store = new();
        await using MetricsServer server = await StartAsync("127.0.0.1:0", store);
        using HttpClient client = new();
        using HttpRequestMessage request = new(new HttpMethod(method), $"{server.Address}{path}");

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Start_PortIsTaken_TellsWhich()
    {
        using MetricStore store = new();
        await using MetricsServer first = await StartAsync("127.0.0.1:0", store);
        string address = first.Address["http://".Length..];

        CridException error = await Assert.ThrowsAsync<CridException>(() => StartAsync(address, store));

        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains(address, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SocketOfAPredecessor_IsReplaced()
    {
        using TemporaryDirectory directory = new();
        using MetricStore store = new();
        string address = $"unix://{directory.Path}/metrics.sock";
        await File.WriteAllTextAsync($"{directory.Path}/metrics.sock", "", TestContext.Current.CancellationToken);

        await using MetricsServer server = await StartAsync(address, store);

        Assert.Contains("metrics.sock", server.Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:9470", "127.0.0.1:9470")]
    [InlineData("[::1]:9470", "[::1]:9470")]
    [InlineData("unix:///run/x.sock", "unix:///run/x.sock")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("localhost:9470", null)]
    [InlineData("unix://run/x.sock", null)]
    public void ListenAddress_Text_IsParsed(string text, string? expected) => Assert.Equal(expected, ListenAddress.TryParse(text)?.ToString());

    private static Task<MetricsServer> StartAsync(string address, MetricStore store) =>
        MetricsServer.StartAsync(ListenAddress.TryParse(address)!, store, TestContext.Current.CancellationToken);
}
