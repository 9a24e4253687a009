using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Applies an update of resources: what it does not set stays as it is.</summary>
internal static class ResourcesMerge
{
    private const long Unlimited = -1;

    // What the kernel has where nothing is set.
    private const long DefaultShares = 1024;
    private const long DefaultPeriod = 100_000;

    public static ResourcesSpec Apply(ResourcesSpec before, ResourcesSpec update) => new()
    {
        CpuPeriod = Pick(before.CpuPeriod, update.CpuPeriod),
        CpuQuota = Pick(before.CpuQuota, update.CpuQuota),
        CpuShares = Pick(before.CpuShares, update.CpuShares),
        MemoryLimitInBytes = Pick(before.MemoryLimitInBytes, update.MemoryLimitInBytes),
        MemorySwapLimitInBytes = Pick(HasNoSwap(before) ? update.MemoryLimitInBytes : 0, update.MemorySwapLimitInBytes) is not 0 and long swap
            ? swap
            : before.MemorySwapLimitInBytes,

        // The processes that run have it from their start, and may have changed it since.
        OomScoreAdj = before.OomScoreAdj,
        CpusetCpus = update.CpusetCpus.Length > 0 ? update.CpusetCpus : before.CpusetCpus,
        CpusetMems = update.CpusetMems.Length > 0 ? update.CpusetMems : before.CpusetMems,
        HugepageLimits = before.HugepageLimits,
        Unified = Overlay(before.Unified, update.Unified),
    };

    /// <summary>The update that takes another one back: what was not set before gets the kernel's default.</summary>
    /// <remarks>No OCI runtime empties a cpuset or unified keys; such a change, from nothing, stays in the kernel.</remarks>
    public static ResourcesSpec Revert(ResourcesSpec before, ResourcesSpec after) => before with
    {
        CpuPeriod = Former(before.CpuPeriod, after.CpuPeriod, DefaultPeriod),
        CpuQuota = Former(before.CpuQuota, after.CpuQuota, Unlimited),
        CpuShares = Former(before.CpuShares, after.CpuShares, DefaultShares),
        MemoryLimitInBytes = Former(before.MemoryLimitInBytes, after.MemoryLimitInBytes, Unlimited),
        MemorySwapLimitInBytes = before.MemoryLimitInBytes == 0
            ? Former(before.MemorySwapLimitInBytes, after.MemoryLimitInBytes | after.MemorySwapLimitInBytes, Unlimited)
            : before.MemorySwapLimitInBytes,
    };

    // Memory and swap together may be as much as memory alone: a new limit of memory is meant to leave it so.
    private static bool HasNoSwap(ResourcesSpec resources) =>
        resources.MemoryLimitInBytes > 0 && resources.MemorySwapLimitInBytes == resources.MemoryLimitInBytes;

    private static long Former(long before, long after, long none) => before == 0 && after != 0 ? none : before;

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
