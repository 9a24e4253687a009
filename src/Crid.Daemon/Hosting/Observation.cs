namespace Crid.Daemon;

/// <summary>Metrics and traces of the daemon as its configuration asks for them; nothing at all by default.</summary>
internal sealed class Observation : IAsyncDisposable
{
    private readonly string _listen;
    private readonly MetricStore? _store;
    private readonly TraceExporter? _exporter;
    private readonly ILogger _logger;
    private MetricsServer? _server;

    /// <summary>Begins to count and to trace.</summary>
    public Observation(CridOptions options, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _listen = options.Metrics.Listen;
        if (_listen.Length > 0)
        {
            ProcessInstruments.Create(time);
            _store = new MetricStore();
        }

        if (options.Traces.Endpoint.Length > 0)
        {
            _exporter = new TraceExporter(options.Traces.Endpoint, options.Traces.SamplingPercent, Environment.MachineName, time, logger);
        }
    }

    /// <summary>Serves metrics, those of the node among them.</summary>
    public async Task ServeAsync(NodeInstruments node, CancellationToken cancellationToken)
    {
        if (_store is not null && ListenAddress.TryParse(_listen) is ListenAddress address)
        {
            node.Create();
            _server = await MetricsServer.StartAsync(address, _store, cancellationToken);
            DaemonLog.ServingMetrics(_logger, _server.Address);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_exporter is not null)
        {
            await _exporter.DisposeAsync();
        }

        _store?.Dispose();
    }
}
