using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Pods;

/// <summary>What Crid.Pods counts.</summary>
internal static class PodsMetrics
{
    public static UpDownCounter<long> OperationsInFlight { get; } = CridTelemetry.Meter.CreateUpDownCounter<long>(
        "crid_operations_in_flight", description: "Operations on sandboxes and containers that run now, whether their callers still wait or not.");
}
