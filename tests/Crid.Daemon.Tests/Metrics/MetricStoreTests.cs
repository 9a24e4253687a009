using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Daemon.Tests;

public sealed class MetricStoreTests
{
    [Fact]
    public void Write_Counter_HasHelpTypeAndSeriesInOrder()
    {
        using MetricStore store = new();
        Counter<long> counter = CridTelemetry.Meter.CreateCounter<long>("test_a_total", description: "Back\\slash and\nline.");

        counter.Add(2, new KeyValuePair<string, object?>("method", "b"));
        counter.Add(1, new KeyValuePair<string, object?>("method", "a \"quoted\"\n\\"));
        counter.Add(3, new KeyValuePair<string, object?>("method", "b"));

        const string expected = """
            # HELP test_a_total Back\\slash and\nline.
            # TYPE test_a_total counter
            test_a_total{method="a \"quoted\"\n\\"} 1
            test_a_total{method="b"} 5

            """;
        Assert.Contains(expected, store.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Histogram_CountsUpwards()
    {
        using MetricStore store = new();
        Histogram<double> histogram = CridTelemetry.Meter.CreateHistogram(
            "test_b_seconds", description: "Times.", tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });

        foreach (double value in new[] { 0.05, 0.1, 0.5, 7 })
        {
            histogram.Record(value);
        }

        const string expected = """
            # HELP test_b_seconds Times.
            # TYPE test_b_seconds histogram
            test_b_seconds_bucket{le="0.1"} 2
            test_b_seconds_bucket{le="1"} 3
            test_b_seconds_bucket{le="+Inf"} 4
            test_b_seconds_sum 7.65
            test_b_seconds_count 4

            """;
        Assert.Contains(expected, store.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Gauges_GoUpAndDownOrAreRead()
    {
        using MetricStore store = new();
        UpDownCounter<long> inFlight = CridTelemetry.Meter.CreateUpDownCounter<long>("test_c", description: "In flight.");
        long observed = 1;
        CridTelemetry.Meter.CreateObservableGauge("test_d", () => observed, description: "Observed.");
        CridTelemetry.Meter.CreateObservableCounter("test_e_total", () => observed, description: "Observed too.");

        inFlight.Add(3);
        inFlight.Add(-1);
        store.Write();
        observed = 9;
        string text = store.Write();

        Assert.Contains("# TYPE test_c gauge\ntest_c 2\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_d gauge\ntest_d 9\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_e_total counter\ntest_e_total 9\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NeverMeasured_IsLeftOut()
    {
        using MetricStore store = new();
        CridTelemetry.Meter.CreateCounter<long>("test_f_total");

        Assert.DoesNotContain("test_f_total", store.Write(), StringComparison.Ordinal);
    }
}
