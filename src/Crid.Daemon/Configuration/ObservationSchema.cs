namespace Crid.Daemon;

/// <summary>The tables of <see cref="OptionSchema"/> that are about watching the daemon.</summary>
internal static class ObservationSchema
{
    public static OptionTable Metrics() => new OptionTable<MetricsSection>(
            "metrics",
            "Metrics of crid itself, for Prometheus. docs/METRICS.md names them.",
            static options => options.Metrics,
            static (options, section) => options with { Metrics = section })
        .Key(
            "listen",
            OptionTypes.OptionalListenAddress,
            "Where GET /metrics is served, without encryption and to everybody who can connect: keep it on the loopback or a socket. Empty: nowhere.",
            static section => section.Listen,
            static (section, value) => section with { Listen = value });

    public static OptionTable Traces() => new OptionTable<TracesSection>(
            "traces",
            "Traces of what crid does, sent by OTLP over HTTP (protobuf).",
            static options => options.Traces,
            static (options, section) => options with { Traces = section })
        .Key(
            "endpoint",
            OptionTypes.OptionalUrl,
            "The collector, such as \"http://127.0.0.1:4318\"; /v1/traces is appended. Empty: no traces.",
            static section => section.Endpoint,
            static (section, value) => section with { Endpoint = value })
        .Key(
            "sampling_percent",
            OptionTypes.Integer(0, 100),
            "How many of the traces that begin with a call to crid are recorded. For calls with a traceparent, such as kubelet's, their caller decides.",
            static section => section.SamplingPercent,
            static (section, value) => section with { SamplingPercent = value });
}
