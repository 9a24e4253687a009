namespace Crid.Cli;

/// <summary>The paths below /proc and /sys that kubelet has hidden from containers or made read-only.</summary>
internal static class ProtectedPaths
{
    public static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    private static readonly string[] AlwaysMasked =
    [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    public static IReadOnlyList<string> Masked { get; } = [.. AlwaysMasked, .. ThermalThrottle()];

    private static IEnumerable<string> ThermalThrottle() =>
        Enumerable.Range(0, Environment.ProcessorCount)
            .Select(cpu => $"/sys/devices/system/cpu/cpu{cpu}/thermal_throttle")
            .Where(Directory.Exists);
}
