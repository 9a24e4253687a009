using Crid.Linux;

namespace Crid.Pods;

/// <summary>A reading of a cgroup, its time, and the processor use between it and an earlier one.</summary>
/// <param name="NanoCores">Nanoseconds of processor time per second; null at the first reading.</param>
public sealed record CgroupSample(DateTimeOffset ReadAt, CgroupReading Reading, ulong? NanoCores)
{
    /// <summary>What several cgroups use together. There is no limit and no pressure that they have in common.</summary>
    public static CgroupSample Sum(DateTimeOffset readAt, IReadOnlyList<CgroupSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        IReadOnlyList<CgroupReading> readings = [.. samples.Select(static sample => sample.Reading)];
        IReadOnlyList<CgroupMemory> memories = [.. readings.Select(static reading => reading.Memory).OfType<CgroupMemory>()];
        CgroupReading sum = new()
        {
            CpuNanoseconds = Sum(readings, static reading => reading.CpuNanoseconds),
            Tasks = Sum(readings, static reading => reading.Tasks),
            Memory = new CgroupMemory
            {
                Usage = Sum(memories, static memory => memory.Usage),
                InactiveFile = Sum(memories, static memory => memory.InactiveFile),
                Anonymous = Sum(memories, static memory => memory.Anonymous),
                PageFaults = Sum(memories, static memory => memory.PageFaults),
                MajorPageFaults = Sum(memories, static memory => memory.MajorPageFaults),
            },
        };
        return new CgroupSample(readAt, sum, samples.Any(static sample => sample.NanoCores is not null) ? Sum(samples, static sample => sample.NanoCores) : null);
    }

    private static ulong Sum<T>(IReadOnlyList<T> items, Func<T, ulong?> part)
    {
        ulong sum = 0;
        foreach (T item in items)
        {
            sum += part(item).GetValueOrDefault();
        }

        return sum;
    }
}
