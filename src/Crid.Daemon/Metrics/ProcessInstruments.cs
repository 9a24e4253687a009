using System.Diagnostics.Metrics;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>What is observed of the daemon's own process, under the names that all exporters use.</summary>
internal static class ProcessInstruments
{
    /// <summary>Begins to offer them.</summary>
    public static void Create(TimeProvider time)
    {
        Meter meter = CridTelemetry.Meter;
        double startedAt = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("crid_build_info", static () => new Measurement<long>(1, BuildLabels()), description: "The version of crid; always 1.");
        meter.CreateObservableGauge("process_start_time_seconds", () => startedAt, "s", "Start time of the process since unix epoch in seconds.");
        meter.CreateObservableCounter(
            "process_cpu_seconds_total", static () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Total user and system CPU time spent in seconds.");
        meter.CreateObservableGauge("process_resident_memory_bytes", static () => Environment.WorkingSet, "By", "Resident memory size in bytes.");
        meter.CreateObservableGauge("process_threads", static () => (long)Directory.GetDirectories("/proc/self/task").Length, description: "Number of OS threads.");
        meter.CreateObservableGauge(
            "process_open_fds", static () => (long)Directory.GetFileSystemEntries("/proc/self/fd").Length, description: "Number of open file descriptors.");
        meter.CreateObservableGauge(
            "process_max_fds",
            static () => (long)(ProcessResources.FindOpenFilesLimit(Environment.ProcessId) ?? 0),
            description: "Maximum number of open file descriptors.");
        meter.CreateObservableGauge("dotnet_gc_heap_bytes", static () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory that objects take.");
        meter.CreateObservableCounter("dotnet_gc_collections_total", Collections, description: "Garbage collections, by the oldest generation that was collected.");
    }

    private static IEnumerable<Measurement<long>> Collections()
    {
        // A collection of a generation is one of the younger ones too.
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            long older = generation < GC.MaxGeneration ? GC.CollectionCount(generation + 1) : 0;
            yield return new Measurement<long>(GC.CollectionCount(generation) - older, new KeyValuePair<string, object?>("generation", generation));
        }
    }

    private static KeyValuePair<string, object?>[] BuildLabels()
    {
        string[] parts = DaemonProcess.Version.Split('+', 2);
        return [new("version", parts[0]), new("revision", parts.Length > 1 ? parts[1] : ""), new("dotnet_version", Environment.Version.ToString())];
    }
}
