using Crid.Core;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>Linux resources between the CRI and crid's records. Values travel unchanged: kubelet compares what it gets back with what it sent.</summary>
internal static class ResourcesMapper
{
    private const long Unlimited = -1;
    private const long MaxOomScoreAdj = 1000;

    /// <remarks>The annotations of an update are for experimental resources, of which there are none here.</remarks>
    public static ResourcesSpec ToSpec(Api.UpdateContainerResourcesRequest request)
    {
        Require.Absent(request.Windows, "windows");
        return request.Annotations.Count == 0
            ? ToSpec(request.Linux, "linux") ?? throw Require.Invalid("linux", "is missing")
            : throw new CridException(ErrorKind.Unimplemented, $"annotations: '{request.Annotations.Keys.First()}' names no resource that can be updated");
    }

    public static ResourcesSpec? ToSpec(Api.LinuxContainerResources? resources, string field) => resources is null
        ? null
        : new ResourcesSpec
        {
            CpuPeriod = Require.AtLeast(resources.CpuPeriod, 0, field + ".cpu_period"),
            CpuQuota = Require.AtLeast(resources.CpuQuota, Unlimited, field + ".cpu_quota"),
            CpuShares = Require.AtLeast(resources.CpuShares, 0, field + ".cpu_shares"),
            MemoryLimitInBytes = Require.AtLeast(resources.MemoryLimitInBytes, Unlimited, field + ".memory_limit_in_bytes"),
            OomScoreAdj = Require.Between(resources.OomScoreAdj, -MaxOomScoreAdj, MaxOomScoreAdj, field + ".oom_score_adj"),
            CpusetCpus = resources.CpusetCpus,
            CpusetMems = resources.CpusetMems,
            HugepageLimits = [.. resources.HugepageLimits.Select(limit => ToSpec(limit, field + ".hugepage_limits"))],
            Unified = new Dictionary<string, string>(resources.Unified),
            MemorySwapLimitInBytes = Require.AtLeast(resources.MemorySwapLimitInBytes, Unlimited, field + ".memory_swap_limit_in_bytes"),
        };

    public static Api.LinuxContainerResources ToMessage(ResourcesSpec spec)
    {
        Api.LinuxContainerResources message = new()
        {
            CpuPeriod = spec.CpuPeriod,
            CpuQuota = spec.CpuQuota,
            CpuShares = spec.CpuShares,
            MemoryLimitInBytes = spec.MemoryLimitInBytes,
            OomScoreAdj = spec.OomScoreAdj,
            CpusetCpus = spec.CpusetCpus,
            CpusetMems = spec.CpusetMems,
            MemorySwapLimitInBytes = spec.MemorySwapLimitInBytes,
        };
        message.HugepageLimits.Add(spec.HugepageLimits.Select(limit => new Api.HugepageLimit { PageSize = limit.PageSize, Limit = limit.Limit }));
        message.Unified.AddAll(spec.Unified);
        return message;
    }

    private static HugepageLimitSpec ToSpec(Api.HugepageLimit limit, string field) =>
        new(Require.NotEmpty(limit.PageSize, field + ".page_size"), limit.Limit);
}
