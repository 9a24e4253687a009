using System.Diagnostics;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>
/// Sends spans to an OpenTelemetry collector by OTLP over HTTP. Spans wait in a bounded queue; what does not fit or can't be delivered is
/// dropped, because no pod may wait for a collector.
/// </summary>
internal sealed class TraceExporter : IAsyncDisposable
{
    private const int QueueLength = 4096;
    private const int BatchSize = 512;
    private const string TracesPath = "/v1/traces";
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<Activity> _spans = Channel.CreateBounded<Activity>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly KeyValuePair<string, object?>[] _resource;
    private readonly ActivityListener _listener;
    private readonly HttpClient _client;
    private readonly Uri _target;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sending;
    private bool _isFailing;

    /// <param name="endpoint">The collector, for example http://127.0.0.1:4318.</param>
    /// <param name="samplingPercent">How many of the traces that begin here are recorded; whoever sends a trace decides for it.</param>
    public TraceExporter(string endpoint, int samplingPercent, string nodeName, TimeProvider time, ILogger logger)
    {
        _target = new Uri($"{endpoint.TrimEnd('/')}{TracesPath}");
        _time = time;
        _logger = logger;
        _resource = [new("service.name", CridTelemetry.Name), new("service.version", DaemonProcess.Version), new("host.name", nodeName)];
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { Timeout = SendTimeout };
        _listener = new ActivityListener
        {
            // By its name: the source tells its listeners of itself while it is being made.
            ShouldListenTo = static source => source.Name == CridTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => Sample(options.Parent, samplingPercent),
            ActivityStopped = Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
        _sending = SendAllAsync();
    }

    /// <summary>Sends what waits and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _spans.Writer.Complete();
        await _stopping.CancelAsync();
        await _sending;
        _client.Dispose();
        _stopping.Dispose();
    }

    internal static ActivitySamplingResult Sample(ActivityContext parent, int percent)
    {
        if (parent != default)
        {
            return parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
        }

        // What is not recorded is made nevertheless, so that the spans below it know of the decision.
        return Random.Shared.Next(100) < percent ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData;
    }

    private void Enqueue(Activity span)
    {
        if (span.Recorded && !_spans.Writer.TryWrite(span))
        {
            DaemonMetrics.SpansDropped.Add(1);
        }
    }

    private async Task SendAllAsync()
    {
        List<Activity> batch = new(BatchSize);
        while (await _spans.Reader.WaitToReadAsync())
        {
            await Task.Delay(BatchTime, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (batch.Count < BatchSize && _spans.Reader.TryRead(out Activity? span))
            {
                batch.Add(span);
            }

            await SendAsync(batch);
            batch.Clear();
        }
    }

    private async Task SendAsync(List<Activity> batch)
    {
        try
        {
            using ByteArrayContent content = new(OtlpEncoder.Encode(batch, _resource));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            using HttpResponseMessage response = await _client.PostAsync(_target, content);
            response.EnsureSuccessStatusCode();
            _isFailing = false;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            DaemonMetrics.SpansDropped.Add(batch.Count);
            if (!_isFailing)
            {
                // Once, until it works again: a collector may be away for days.
                DaemonLog.TracesNotSent(_logger, exception, _target.ToString());
            }

            _isFailing = true;
        }
    }
}
