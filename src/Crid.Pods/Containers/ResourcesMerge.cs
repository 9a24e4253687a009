using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Applies an update of resources: what it does not set stays as it is.</summary>
internal static class ResourcesMerge
{
    public static ResourcesSpec Apply(ResourcesSpec before, ResourcesSpec update) => new()
    {
        CpuPeriod = Pick(before.CpuPeriod, update.CpuPeriod),
        CpuQuota = Pick(before.CpuQuota, update.CpuQuota),
        CpuShares = Pick(before.CpuShares, update.CpuShares),
        MemoryLimitInBytes = Pick(before.MemoryLimitInBytes, update.MemoryLimitInBytes),
        MemorySwapLimitInBytes = Pick(before.MemorySwapLimitInBytes, update.MemorySwapLimitInBytes),
        OomScoreAdj = Pick(before.OomScoreAdj, update.OomScoreAdj),
        CpusetCpus = update.CpusetCpus.Length > 0 ? update.CpusetCpus : before.CpusetCpus,
        CpusetMems = update.CpusetMems.Length > 0 ? update.CpusetMems : before.CpusetMems,
        HugepageLimits =
        [
            .. before.HugepageLimits.Where(old => !update.HugepageLimits.Any(limit => limit.PageSize == old.PageSize)),
            .. update.HugepageLimits,
        ],
        Unified = Overlay(before.Unified, update.Unified),
    };

    private static long Pick(long before, long update) => update != 0 ? update : before;

    private static Dictionary<string, string> Overlay(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> update)
    {
        Dictionary<string, string> merged = new(before);
        foreach ((string file, string value) in update)
        {
            merged[file] = value;
        }

        return merged;
    }
}
