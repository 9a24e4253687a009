using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Limits of the CRI as cgroup limits. Zero is "not set" there and null here.</summary>
internal static class ResourceLimits
{
    private const int LowestOomScoreAdj = -1000;
    private const int HighestOomScoreAdj = 1000;

    // What the kernel has where none is set, in microseconds.
    private const ulong DefaultPeriod = 100_000;

    // As many as a kernel can be built for.
    private const long MostProcessors = 8192;

    /// <exception cref="CridException">InvalidArgument: limits that contradict each other or that this host's cgroups don't have.</exception>
    public static OciResources For(ResourcesSpec? resources, HostFacts host)
    {
        if (resources is null)
        {
            return new OciResources();
        }

        if (resources.Unified.Count > 0 && !host.UnifiedCgroups)
        {
            throw CridException.InvalidArgument("unified resources need cgroup v2, and this host has cgroup v1");
        }

        return new OciResources
        {
            Cpu = Cpu(resources),
            Memory = Memory(resources, host),
            HugepageLimits = resources.HugepageLimits.Count == 0 || !host.HugepageController
                ? null
                : [.. resources.HugepageLimits.Select(static limit => new OciHugepageLimit(limit.PageSize, limit.Limit))],
            Unified = resources.Unified.Count == 0 ? null : resources.Unified,
        };
    }

    /// <summary>Limits for a new cgroup, which has no quota: one of "none" is left out, because crun 1.8 can't write it to cgroup v1.</summary>
    /// <exception cref="CridException">As <see cref="For"/>.</exception>
    public static OciResources ForCreation(ResourcesSpec? resources, HostFacts host)
    {
        OciResources limits = For(resources, host);
        return limits.Cpu is { Quota: < 0 } cpu ? limits with { Cpu = cpu with { Quota = null } } : limits;
    }

    /// <summary>A quota of "none" as the time of more processors than a machine has, with the period that it is for.</summary>
    /// <remarks>With systemd some versions of crun take -1 for 1% of a processor, and the others leave the scope its former quota.</remarks>
    public static OciResources WithNumberForNoQuota(OciResources limits)
    {
        if (limits.Cpu is not { Quota: < 0 } cpu)
        {
            return limits;
        }

        ulong period = cpu.Period ?? DefaultPeriod;
        return limits with { Cpu = cpu with { Quota = MostProcessors * (long)period, Period = period } };
    }

    /// <summary>The request's adjustment, or 0, but never below the daemon's own where the kernel would refuse that.</summary>
    public static int OomScoreAdj(ResourcesSpec? resources, HostFacts host)
    {
        int wanted = (int)Math.Clamp(resources?.OomScoreAdj ?? 0, LowestOomScoreAdj, HighestOomScoreAdj);
        return host.Capabilities.Contains("CAP_SYS_RESOURCE") ? wanted : Math.Max(wanted, host.OomScoreAdj);
    }

    private static OciCpu? Cpu(ResourcesSpec resources)
    {
        OciCpu cpu = new()
        {
            Shares = resources.CpuShares > 0 ? (ulong)resources.CpuShares : null,
            Quota = resources.CpuQuota != 0 ? resources.CpuQuota : null,
            Period = resources.CpuPeriod > 0 ? (ulong)resources.CpuPeriod : null,
            Cpus = resources.CpusetCpus.Length > 0 ? resources.CpusetCpus : null,
            Mems = resources.CpusetMems.Length > 0 ? resources.CpusetMems : null,
        };
        return cpu == new OciCpu() ? null : cpu;
    }

    private static OciMemory? Memory(ResourcesSpec resources, HostFacts host)
    {
        long limit = resources.MemoryLimitInBytes;
        long swap = resources.MemorySwapLimitInBytes;
        if (limit > 0 && swap > 0 && swap < limit)
        {
            throw CridException.InvalidArgument($"the limit of memory and swap, {swap} bytes, is below that of memory, {limit} bytes");
        }

        // Without a word about swap the container gets none, or without limit where its memory has none: that of cgroup v1 includes the memory.
        // Where swap can't be limited the kernel has no file for it.
        long? swapLimit = !host.SwapController ? null : swap != 0 ? swap : limit != 0 ? limit : null;
        return limit == 0 && swapLimit is null ? null : new OciMemory { Limit = limit != 0 ? limit : null, Swap = swapLimit };
    }
}
