namespace Crid.Runtimes;

/// <summary>Linux resource limits as the CRI states them: 0 is "not set", -1 is "unlimited" where the CRI allows it; bytes and microseconds.</summary>
public sealed record ResourcesSpec
{
    public long CpuPeriod { get; init; }

    public long CpuQuota { get; init; }

    public long CpuShares { get; init; }

    public long MemoryLimitInBytes { get; init; }

    public long OomScoreAdj { get; init; }

    public string CpusetCpus { get; init; } = "";

    public string CpusetMems { get; init; } = "";

    public IReadOnlyList<HugepageLimitSpec> HugepageLimits { get; init; } = [];

    /// <summary>Files of cgroup v2 and their values.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();

    public long MemorySwapLimitInBytes { get; init; }
}
