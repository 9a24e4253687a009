using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Images;

/// <summary>What Crid.Images counts.</summary>
internal static class ImagesMetrics
{
    public static Histogram<double> Pulls { get; } = CridTelemetry.CreateDurations(
        "crid_image_pull_duration_seconds", "Time that pulls took, by outcome; pulls of one image at the same time are one.");

    public static Histogram<double> Layers { get; } = CridTelemetry.CreateDurations(
        "crid_image_layer_duration_seconds", "Time that downloading and unpacking layers took, by outcome.");

    public static UpDownCounter<long> PullsInFlight { get; } = CridTelemetry.Meter.CreateUpDownCounter<long>(
        "crid_image_pulls_in_flight", description: "Pulls that run now.");

    public static Counter<long> ReceivedBytes { get; } = CridTelemetry.Meter.CreateCounter<long>(
        "crid_image_received_bytes_total", "By", "Compressed bytes of layers that were received from registries.");
}
