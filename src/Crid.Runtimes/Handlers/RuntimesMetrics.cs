using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Runtimes;

/// <summary>What Crid.Runtimes counts.</summary>
internal static class RuntimesMetrics
{
    private static readonly Histogram<double> Calls = CridTelemetry.CreateDurations(
        "crid_oci_runtime_call_duration_seconds", "Time that calls of OCI runtimes took, by handler, command and outcome.");

    public static MeasuredWork Begin(string handler, string command) =>
        MeasuredWork.Begin(Calls, $"OCI {command}", new("handler", handler), new("command", command));
}
