using Crid.Linux;

namespace Crid.Cri;

/// <summary>
/// The metrics of containers, with the names, labels and units of cAdvisor, whose place they take at kubelet's /metrics/cadvisor. Values are
/// whole numbers there: seconds lose their fraction. What the kernel does not account has no sample.
/// </summary>
internal static class ContainerMetricTable
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const ulong MicrosecondsPerSecond = 1_000_000;

    public static IReadOnlyList<MetricDefinition<MetricSubject>> All { get; } =
        [.. Cpu(), .. Memory(), .. FileSystem(), .. Devices(), .. Processes(), .. Pressure(), .. Limits(), .. Life()];

    private static IEnumerable<MetricDefinition<MetricSubject>> Cpu() =>
    [
        Counter("container_cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", ["cpu"],
            static subject => [new MetricSample(subject.Reading.CpuNanoseconds / NanosecondsPerSecond, "total")]),
        Counter("container_cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.", static subject => subject.Details.UserNanoseconds / NanosecondsPerSecond),
        Counter("container_cpu_system_seconds_total", "Cumulative system cpu time consumed in seconds.", static subject => subject.Details.SystemNanoseconds / NanosecondsPerSecond),
        Counter("container_cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.", static subject => subject.Details.Periods),
        Counter("container_cpu_cfs_throttled_periods_total", "Number of throttled period intervals.", static subject => subject.Details.ThrottledPeriods),
        Counter("container_cpu_cfs_throttled_seconds_total", "Total time duration the container has been throttled.",
            static subject => subject.Details.ThrottledNanoseconds / NanosecondsPerSecond),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Memory() =>
    [
        Gauge("container_memory_usage_bytes", "Current memory usage in bytes, including all memory regardless of when it was accessed", static subject => subject.Memory?.Usage),
        Gauge("container_memory_working_set_bytes", "Current working set in bytes.", static subject => subject.Memory?.WorkingSet),
        Gauge("container_memory_rss", "Size of RSS in bytes.", static subject => subject.Memory?.Anonymous),
        Gauge("container_memory_cache", "Number of bytes of page cache memory.", static subject => subject.Details.Cache),
        Gauge("container_memory_mapped_file", "Size of memory mapped files in bytes.", static subject => subject.Details.MappedFile),
        Gauge("container_memory_kernel_usage", "Size of kernel memory allocated in bytes.", static subject => subject.Details.KernelMemory),
        Gauge("container_memory_swap", "Container swap usage in bytes.", static subject => subject.Reading.Swap?.Usage),
        Gauge("container_memory_max_usage_bytes", "Maximum memory usage recorded in bytes", static subject => subject.Details.PeakMemory),
        Gauge("container_memory_total_active_file_bytes", "Current total active file in bytes.", static subject => subject.Details.ActiveFile),
        Gauge("container_memory_total_inactive_file_bytes", "Current total inactive file in bytes.", static subject => subject.Memory?.InactiveFile),
        Counter("container_memory_failcnt", "Number of memory usage hits limits", static subject => subject.Details.LimitHits),
        Counter("container_memory_failures_total", "Cumulative count of memory allocation failures.", ["failure_type", "scope"], Faults),
        Counter("container_oom_events_total", "Count of out of memory events observed for the container", static subject => subject.Details.OutOfMemoryKills),
        Gauge("container_hugetlb_usage_bytes", "Current hugepage usage in bytes", ["pagesize"],
            static subject => subject.Details.Hugepages.Select(static pages => new MetricSample(pages.Usage, pages.PageSize))),
        Gauge("container_hugetlb_max_usage_bytes", "Maximum hugepage usage recorded in bytes", ["pagesize"],
            static subject => subject.Details.Hugepages.Where(static pages => pages.Peak is not null).Select(static pages => new MetricSample(pages.Peak!.Value, pages.PageSize))),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> FileSystem() =>
    [
        Storage("container_fs_usage_bytes", "Number of bytes that are consumed by the container on this filesystem.", static subject => subject.Metrics.Statistics.WritableLayer?.UsedBytes),
        Storage("container_fs_limit_bytes", "Number of bytes that can be consumed by the container on this filesystem.", static subject => subject.Storage.FileSystem.TotalBytes),
        Storage("container_fs_inodes_free", "Number of available Inodes", static subject => subject.Storage.FileSystem.FreeInodes),
        Storage("container_fs_inodes_total", "Number of Inodes", static subject => subject.Storage.FileSystem.TotalInodes),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Devices() =>
    [
        Device("container_fs_reads_total", "Cumulative count of reads completed", static usage => usage.Reads),
        Device("container_fs_reads_bytes_total", "Cumulative count of bytes read", static usage => usage.ReadBytes),
        Device("container_fs_writes_total", "Cumulative count of writes completed", static usage => usage.Writes),
        Device("container_fs_writes_bytes_total", "Cumulative count of bytes written", static usage => usage.WrittenBytes),
        Counter("container_blkio_device_usage_total", "Blkio Device bytes usage", ["device", "major", "minor", "operation"], BlockDevices),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Processes() =>
    [
        Gauge("container_processes", "Number of processes running inside the container.", static subject => (ulong)subject.Processes.Processes),
        Gauge("container_threads", "Number of threads running inside the container.", static subject => subject.Reading.Tasks),
        Gauge("container_threads_max", "Maximum number of threads allowed inside the container, infinity if value is zero", static subject => subject.Details.TasksLimit ?? 0),
        Gauge("container_file_descriptors", "Number of open file descriptors for the container.", static subject => (ulong)subject.Processes.OpenFiles),
        Gauge("container_sockets", "Number of open sockets for the container.", static subject => (ulong)subject.Processes.Sockets),
        Gauge("container_ulimits_soft", "Soft ulimit values for the container root process. Unlimited if -1, except priority and nice", ["ulimit"],
            static subject => subject.Metrics.Details.OpenFilesLimit is ulong limit ? [new MetricSample(limit, "max_open_files")] : []),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Pressure() =>
    [
        Counter("container_pressure_cpu_stalled_seconds_total", "Total time duration no tasks in the container could make progress due to CPU congestion.",
            static subject => subject.Reading.CpuPressure?.Full.TotalMicroseconds / MicrosecondsPerSecond),
        Counter("container_pressure_cpu_waiting_seconds_total", "Total time duration tasks in the container have waited due to CPU congestion.",
            static subject => subject.Reading.CpuPressure?.Some.TotalMicroseconds / MicrosecondsPerSecond),
        Counter("container_pressure_memory_stalled_seconds_total", "Total time duration no tasks in the container could make progress due to memory congestion.",
            static subject => subject.Reading.MemoryPressure?.Full.TotalMicroseconds / MicrosecondsPerSecond),
        Counter("container_pressure_memory_waiting_seconds_total", "Total time duration tasks in the container have waited due to memory congestion.",
            static subject => subject.Reading.MemoryPressure?.Some.TotalMicroseconds / MicrosecondsPerSecond),
        Counter("container_pressure_io_stalled_seconds_total", "Total time duration no tasks in the container could make progress due to IO congestion.",
            static subject => subject.Reading.IoPressure?.Full.TotalMicroseconds / MicrosecondsPerSecond),
        Counter("container_pressure_io_waiting_seconds_total", "Total time duration tasks in the container have waited due to IO congestion.",
            static subject => subject.Reading.IoPressure?.Some.TotalMicroseconds / MicrosecondsPerSecond),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Limits() =>
    [
        Gauge("container_spec_cpu_period", "CPU period of the container.", static subject => Positive(subject.Resources?.CpuPeriod)),
        Gauge("container_spec_cpu_quota", "CPU quota of the container.", static subject => Positive(subject.Resources?.CpuQuota)),
        Gauge("container_spec_cpu_shares", "CPU share of the container.", static subject => Positive(subject.Resources?.CpuShares)),
        Gauge("container_spec_memory_limit_bytes", "Memory limit for the container.", static subject => subject.Memory?.Limit ?? 0),
        Gauge("container_spec_memory_reservation_limit_bytes", "Memory reservation limit for the container.", static _ => 0),
        Gauge("container_spec_memory_swap_limit_bytes", "Memory swap limit for the container.", static subject => Positive(subject.Resources?.MemorySwapLimitInBytes) ?? 0),
    ];

    private static IEnumerable<MetricDefinition<MetricSubject>> Life() =>
    [
        Gauge("container_last_seen", "Last time a container was seen by the exporter", static subject => (ulong)subject.Sample.ReadAt.ToUnixTimeSeconds()),
        Gauge("container_start_time_seconds", "Start time of the container since unix epoch in seconds.",
            static subject => (ulong?)subject.Container.Status.StartedAt?.ToUnixTimeSeconds()),
    ];

    private static IEnumerable<MetricSample> Faults(MetricSubject subject)
    {
        // The counters of a cgroup have those below it in them: the two scopes are the same for a container.
        foreach (string scope in subject.Memory is null ? Array.Empty<string>() : ["container", "hierarchy"])
        {
            yield return new MetricSample(subject.Memory!.PageFaults, "pgfault", scope);
            yield return new MetricSample(subject.Memory.MajorPageFaults, "pgmajfault", scope);
        }
    }

    private static IEnumerable<MetricSample> BlockDevices(MetricSubject subject)
    {
        foreach (DeviceUsage usage in subject.Details.Devices)
        {
            string major = usage.Major.ToString(System.Globalization.CultureInfo.InvariantCulture);
            string minor = usage.Minor.ToString(System.Globalization.CultureInfo.InvariantCulture);
            yield return new MetricSample(usage.ReadBytes, BlockDeviceNames.Get(usage.Major, usage.Minor), major, minor, "Read");
            yield return new MetricSample(usage.WrittenBytes, BlockDeviceNames.Get(usage.Major, usage.Minor), major, minor, "Write");
        }
    }

    // 0 is 'not set', and a negative quota 'unlimited'.
    private static ulong? Positive(long? value) => value > 0 ? (ulong)value : null;

    private static MetricDefinition<MetricSubject> Storage(string name, string help, Func<MetricSubject, ulong?> value) =>
        Gauge(name, help, ["device"], subject => value(subject) is ulong known ? [new MetricSample(known, subject.Storage.Device)] : []);

    private static MetricDefinition<MetricSubject> Device(string name, string help, Func<DeviceUsage, ulong> value) =>
        Counter(name, help, ["device"], subject => subject.Details.Devices.Select(usage => new MetricSample(value(usage), BlockDeviceNames.Get(usage.Major, usage.Minor))));

    private static MetricDefinition<MetricSubject> Counter(string name, string help, Func<MetricSubject, ulong?> value) =>
        Counter(name, help, [], subject => value(subject) is ulong known ? [new MetricSample(known)] : []);

    private static MetricDefinition<MetricSubject> Gauge(string name, string help, Func<MetricSubject, ulong?> value) =>
        Gauge(name, help, [], subject => value(subject) is ulong known ? [new MetricSample(known)] : []);

    private static MetricDefinition<MetricSubject> Counter(
        string name, string help, IReadOnlyList<string> labels, Func<MetricSubject, IEnumerable<MetricSample>> read) =>
        new(name, help, Api.MetricType.Counter, labels, read);

    private static MetricDefinition<MetricSubject> Gauge(
        string name, string help, IReadOnlyList<string> labels, Func<MetricSubject, IEnumerable<MetricSample>> read) =>
        new(name, help, Api.MetricType.Gauge, labels, read);
}
