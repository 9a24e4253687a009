using System.Diagnostics;
using System.Diagnostics.Metrics;
using Crid.Core;
using Grpc.Core;

namespace Crid.Cri;

/// <summary>The span of one call and its place in the metrics, from its making to <see cref="End"/>.</summary>
internal sealed class CallTelemetry
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly Histogram<double> Durations = CridTelemetry.CreateDurations(
        "crid_rpc_duration_seconds", "Time that calls on the socket took, by method and code.");

    private static readonly UpDownCounter<long> InFlight = CridTelemetry.Meter.CreateUpDownCounter<long>(
        "crid_rpcs_in_flight", description: "Calls on the socket that are being answered now, by method.");

    private readonly string _method;
    private readonly Activity? _span;
    private readonly long _start = Stopwatch.GetTimestamp();

    private CallTelemetry(string method, Activity? span)
    {
        _method = method;
        _span = span;
        InFlight.Add(1, new KeyValuePair<string, object?>("method", method));
    }

    public static CallTelemetry Begin(ServerCallContext context)
    {
        string method = context.Method;
        return new CallTelemetry(method[(method.LastIndexOf('/') + 1)..], CridTelemetry.Activities.HasListeners() ? StartSpan(method, context.RequestHeaders) : null);
    }

    public void End(StatusCode code, string detail)
    {
        InFlight.Add(-1, new KeyValuePair<string, object?>("method", _method));
        if (Durations.Enabled)
        {
            Durations.Record(
                Stopwatch.GetElapsedTime(_start).TotalSeconds,
                new KeyValuePair<string, object?>("method", _method),
                new KeyValuePair<string, object?>("code", code.ToString()));
        }

        _span?.SetTag("rpc.grpc.status_code", (int)code);
        _span?.SetStatus(code == StatusCode.OK ? ActivityStatusCode.Ok : ActivityStatusCode.Error, detail);
        _span?.Dispose();
    }

    /// <summary>A span below the one that the caller names in its headers (W3C Trace Context), else one of a new trace.</summary>
    private static Activity? StartSpan(string method, Metadata headers)
    {
        _ = ActivityContext.TryParse(headers.GetValue(TraceParent), headers.GetValue(TraceState), isRemote: true, out ActivityContext parent);

        // The web server's own activity is recorded nowhere: a span below it would hang in the air.
        Activity.Current = null;
        Activity? span = CridTelemetry.Activities.StartActivity(method.TrimStart('/'), ActivityKind.Server, parent);
        span?.SetTag("rpc.system", "grpc");
        return span;
    }
}
