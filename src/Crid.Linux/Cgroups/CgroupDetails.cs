namespace Crid.Linux;

/// <summary>What a cgroup's files tell beyond a <see cref="CgroupReading"/>: asked for rarely, so the files are opened for each reading.</summary>
public sealed record CgroupDetails
{
    public ulong UserNanoseconds { get; init; }

    public ulong SystemNanoseconds { get; init; }

    /// <summary>Periods of a processor quota that have passed, and those in which it was used up; 0 without a quota.</summary>
    public ulong Periods { get; init; }

    public ulong ThrottledPeriods { get; init; }

    public ulong ThrottledNanoseconds { get; init; }

    /// <summary>File pages.</summary>
    public ulong Cache { get; init; }

    public ulong MappedFile { get; init; }

    public ulong ActiveFile { get; init; }

    public ulong KernelMemory { get; init; }

    /// <summary>The most that was used at any time; null on kernels that don't keep it.</summary>
    public ulong? PeakMemory { get; init; }

    /// <summary>How often the limit was met; v2 doesn't count it.</summary>
    public ulong LimitHits { get; init; }

    public ulong OutOfMemoryKills { get; init; }

    /// <summary>Null without a limit.</summary>
    public ulong? TasksLimit { get; init; }

    public IReadOnlyList<HugepageUsage> Hugepages { get; init; } = [];

    public IReadOnlyList<DeviceUsage> Devices { get; init; } = [];
}
