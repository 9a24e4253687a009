using Crid.Api;

namespace Crid.Cli;

/// <summary>CPU and memory of a container as kubelet hands them to a runtime.</summary>
internal static class ResourceRequests
{
    private const long PeriodMicroseconds = 100_000;
    private const long SmallestQuota = 1000;
    private const long SmallestShares = 2;
    private const long LargestShares = 262_144;
    private const int BestEffortScore = 1000;
    private const int GuaranteedScore = -997;

    public static LinuxContainerResources Of(ResourcesManifest resources, PodQuality quality, long machineMemory)
    {
        // A limit without a request is the request, too.
        long? cpu = resources.CpuRequest ?? resources.CpuLimit;
        LinuxContainerResources result = new()
        {
            CpuShares = cpu is long milli ? Math.Clamp(milli * 1024 / 1000, SmallestShares, LargestShares) : SmallestShares,
            MemoryLimitInBytes = resources.MemoryLimit ?? 0,
            OomScoreAdj = Score(resources, quality, machineMemory),
        };
        if (resources.CpuLimit is long limit and > 0)
        {
            result.CpuPeriod = PeriodMicroseconds;
            result.CpuQuota = Math.Max(SmallestQuota, limit * PeriodMicroseconds / 1000);
        }

        return result;
    }

    public static PodQuality QualityOf(PodManifest pod)
    {
        List<ResourcesManifest> all = [.. pod.InitContainers.Concat(pod.Containers).Select(container => container.Resources)];
        if (all.TrueForAll(resources => resources == new ResourcesManifest()))
        {
            return PodQuality.BestEffort;
        }

        bool isGuaranteed = all.TrueForAll(resources =>
            resources is { CpuLimit: > 0, MemoryLimit: > 0 }
            && (resources.CpuRequest ?? resources.CpuLimit) == resources.CpuLimit
            && (resources.MemoryRequest ?? resources.MemoryLimit) == resources.MemoryLimit);
        return isGuaranteed ? PodQuality.Guaranteed : PodQuality.Burstable;
    }

    // The more of the machine's memory a burstable container asks for, the later it is killed; it stays between the two other classes.
    private static long Score(ResourcesManifest resources, PodQuality quality, long machineMemory) => quality switch
    {
        PodQuality.Guaranteed => GuaranteedScore,
        PodQuality.BestEffort => BestEffortScore,
        _ => Math.Clamp(
            1000 - (long)(1000.0 * (resources.MemoryRequest ?? resources.MemoryLimit ?? 0) / machineMemory), 1000 + GuaranteedScore, BestEffortScore - 1),
    };
}

/// <summary>The quality of service classes of Kubernetes.</summary>
internal enum PodQuality
{
    Guaranteed,
    Burstable,
    BestEffort,
}
