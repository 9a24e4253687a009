using System.Net.Sockets;
using System.Text.RegularExpressions;
using Crid.Api;
using Crid.Testing;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>Metrics and traces of a daemon that makes a pod.</summary>
public sealed partial class ObservationTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string CallerSpan = "b7ad6b7169203331";

    [Fact]
    public async Task Pod_FromPullToStop_IsCountedAndTraced()
    {
        HostRequirements.Require("/usr/bin/docker-registry", "/bin/busybox");
        string directory = Directory.CreateTempSubdirectory("crid-registry-").FullName;
        await using OtlpReceiver receiver = new();
        await using LabRegistry registry = await LabRegistry.StartAsync(directory);
        string image = await registry.PushAsync(TestImage.Busybox(), "test/busybox", "1");
        await using (CridDaemon daemon = await CridDaemon.StartAsync(dropIn: daemon => $"""
            [metrics]
            listen = "unix://{daemon.Directory}/metrics.sock"

            [traces]
            endpoint = "{receiver.Endpoint}"
            """))
        {
            Metadata headers = new() { { "traceparent", $"00-{TraceId}-{CallerSpan}-01" } };
            await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = image } }, headers);
            PodSandboxConfig config = Requests.Sandbox(daemon, "observed");
            RunPodSandboxResponse sandbox = await daemon.Runtime.RunPodSandboxAsync(new RunPodSandboxRequest { Config = config }, headers);
            string container = await daemon.CreateContainerAsync(sandbox.PodSandboxId, config, Requests.Container("main", image, "/bin/sleep", "1000"));
            await daemon.StartContainerAsync(container);
            await daemon.ExecAsync(container, "/bin/true");

            string metrics = await ScrapeAsync(daemon);
            AssertMetrics(metrics);
            if (FindPromtool() is string promtool)
            {
                await CheckAsync(promtool, metrics, directory);
            }

            await daemon.RemoveSandboxAsync(sandbox.PodSandboxId);
            await daemon.TerminateAsync();
        }

        AssertTraces(receiver.Spans);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Metrics_CheckedByPromtool_AreClean()
    {
        string? promtool = FindPromtool();
        Assert.SkipWhen(promtool is null, "promtool of the package prometheus is not installed");
        await using CridDaemon daemon = await CridDaemon.StartAsync(dropIn: static daemon => $"""
            [metrics]
            listen = "unix://{daemon.Directory}/metrics.sock"
            """);

        await CheckAsync(promtool, await ScrapeAsync(daemon), daemon.Directory);
    }

    private static void AssertMetrics(string text)
    {
        Assert.Equal(1, Value(text, """crid_rpc_duration_seconds_count{method="RunPodSandbox",code="OK"}"""));
        Assert.Equal(0, Value(text, """crid_rpcs_in_flight{method="RunPodSandbox"}"""));
        Assert.Equal(1, Value(text, """crid_image_pull_duration_seconds_count{outcome="success"}"""));
        Assert.InRange(Value(text, "crid_image_received_bytes_total"), 100_000, double.MaxValue);
        Assert.Equal(1, Value(text, """crid_cni_call_duration_seconds_count{plugin="bridge",command="ADD",outcome="success"}"""));
        foreach (string command in new[] { "create", "start", "exec" })
        {
            Assert.Equal(1, Value(text, $$"""crid_oci_runtime_call_duration_seconds_count{handler="{{LabMachine.Runtime}}",command="{{command}}",outcome="success"}"""));
        }

        Assert.Equal(1, Value(text, """crid_containers{state="running"}"""));
        Assert.Equal(1, Value(text, """crid_sandboxes{state="ready"}"""));
        Assert.Equal(1, Value(text, "crid_keeper_connected"));
        Assert.Equal(0, Value(text, "crid_operations_in_flight"));
        Assert.InRange(Value(text, "process_open_fds"), 10, Value(text, "process_max_fds"));
        string page = File.ReadAllText($"{HostRequirements.FindRepository()}/docs/METRICS.md");
        Assert.All(Names().Matches(text).Select(static match => match.Groups["name"].Value), name => Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal));
    }

    private static void AssertTraces(IReadOnlyList<ReceivedSpan> spans)
    {
        ReceivedSpan run = Assert.Single(spans, static span => span.Name == "runtime.v1.RuntimeService/RunPodSandbox");
        Assert.Equal((TraceId, CallerSpan, "0"), (run.TraceId, run.ParentId, run.Attributes["rpc.grpc.status_code"]));
        ReceivedSpan plugin = Assert.Single(spans, static span => span.Name == "CNI ADD bridge");
        Assert.Equal((run.TraceId, run.SpanId), (plugin.TraceId, plugin.ParentId));
        ReceivedSpan call = Assert.Single(spans, static span => span.Name == "runtime.v1.ImageService/PullImage");
        ReceivedSpan pull = Assert.Single(spans, static span => span.Name == "pull image");
        Assert.Equal(call.SpanId, pull.ParentId);
        Assert.All(spans.Where(static span => span.Name == "fetch layer"), layer => Assert.Equal(pull.SpanId, layer.ParentId));
        Assert.Contains(spans, static span => span.Name == "fetch layer");

        // Without a caller's trace each call begins one.
        ReceivedSpan start = Assert.Single(spans, static span => span.Name == "runtime.v1.RuntimeService/StartContainer");
        Assert.NotEqual(TraceId, start.TraceId);
        Assert.Equal("", start.ParentId);
        Assert.Equal(start.SpanId, Assert.Single(spans, static span => span.Name == "OCI start").ParentId);
    }

    private static string? FindPromtool() => new[] { "/usr/bin/promtool", "/usr/local/bin/promtool" }.FirstOrDefault(File.Exists);

    /// <summary>Lets Prometheus' own tool look at the text.</summary>
    private static async Task CheckAsync(string promtool, string metrics, string directory)
    {
        string file = $"{directory}/metrics.txt";
        await File.WriteAllTextAsync(file, metrics);
        Assert.Equal("", await LabProcess.RunAsync("/bin/sh", "-c", $"{promtool} check metrics < {file} 2>&1"));
    }

    private static async Task<string> ScrapeAsync(CridDaemon daemon)
    {
        using HttpClient client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{daemon.Directory}/metrics.sock"), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        return await client.GetStringAsync("http://localhost/metrics");
    }

    private static double Value(string text, string series)
    {
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith($"{series} ", StringComparison.Ordinal));
        Assert.True(line is not null, $"no {series} in\n{text}");
        return double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) ", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Names();
}
