using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Networking;

/// <summary>What Crid.Networking counts.</summary>
internal static class NetworkingMetrics
{
    public static Histogram<double> PluginCalls { get; } = CridTelemetry.CreateDurations(
        "crid_cni_call_duration_seconds", "Time that calls of CNI plugins took, by plugin, command and outcome.");
}
