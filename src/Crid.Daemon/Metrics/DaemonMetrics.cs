using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>What Crid.Daemon counts.</summary>
internal static class DaemonMetrics
{
    public static Counter<long> SpansDropped { get; } = CridTelemetry.Meter.CreateCounter<long>(
        "crid_trace_spans_dropped_total", description: "Spans that could not be delivered to the collector.");

    public static Counter<long> KeeperStarts { get; } = CridTelemetry.Meter.CreateCounter<long>(
        "crid_keeper_starts_total", description: "How often crid-keeper was gone and was started again.");
}
