using Crid.Linux;
using Crid.Pods;

namespace Crid.Cri;

/// <summary>The metrics of pods as a whole: their network.</summary>
internal static class PodMetricTable
{
    private static readonly string[] InterfaceLabels = ["interface"];

    public static IReadOnlyList<MetricDefinition<SandboxMetrics>> All { get; } =
    [
        Counter("container_network_receive_bytes_total", "Cumulative count of bytes received", static counters => counters.ReceivedBytes),
        Counter("container_network_receive_errors_total", "Cumulative count of errors encountered while receiving", static counters => counters.ReceiveErrors),
        Counter("container_network_receive_packets_total", "Cumulative count of packets received", static counters => counters.ReceivedPackets),
        Counter("container_network_receive_packets_dropped_total", "Cumulative count of packets dropped while receiving", static counters => counters.ReceiveDrops),
        Counter("container_network_transmit_bytes_total", "Cumulative count of bytes transmitted", static counters => counters.SentBytes),
        Counter("container_network_transmit_errors_total", "Cumulative count of errors encountered while transmitting", static counters => counters.SendErrors),
        Counter("container_network_transmit_packets_total", "Cumulative count of packets transmitted", static counters => counters.SentPackets),
        Counter("container_network_transmit_packets_dropped_total", "Cumulative count of packets dropped while transmitting", static counters => counters.SendDrops),
    ];

    private static MetricDefinition<SandboxMetrics> Counter(string name, string help, Func<InterfaceCounters, ulong> value) => new(
        name,
        help,
        Api.MetricType.Counter,
        InterfaceLabels,
        metrics => metrics.Statistics.Interfaces.Select(counters => new MetricSample(value(counters), counters.Name)));
}
