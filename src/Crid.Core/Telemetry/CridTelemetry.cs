using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crid.Core;

/// <summary>Where crid's metrics and spans come from. Nobody listens unless the configuration says so, and then they cost next to nothing.</summary>
public static class CridTelemetry
{
    public const string Name = "crid";

    public static Meter Meter { get; } = new(Name);

    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Seconds from the shortest call to a pull of a large image.</summary>
    private static readonly double[] DurationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    /// <summary>A histogram of durations in seconds.</summary>
    public static Histogram<double> CreateDurations(string name, string description) => Meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBounds });
}
