using Crid.Linux;

namespace Crid.Pods;

/// <summary>Samples one cgroup: every call reads anew, and the processor use is that since an earlier reading.</summary>
/// <remarks>
/// Several callers may ask with periods of their own. The reading that rates are counted from is replaced only when it is a second old, so a
/// caller that comes right after another one still gets the rate of a useful time.
/// </remarks>
internal sealed class CgroupSampler(ICgroupMeter meter, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan BaseAge = TimeSpan.FromSeconds(1);

    /// <summary>In less time the kernel's own granularity shows.</summary>
    private static readonly TimeSpan MinimumSpan = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private (long Timestamp, ulong Cpu)? _base;
    private ulong? _nanoCores;

    /// <summary>Null once the cgroup is gone.</summary>
    public CgroupSample? Read()
    {
        lock (_lock)
        {
            DateTimeOffset readAt = time.GetUtcNow();
            long timestamp = time.GetTimestamp();
            if (meter.Read() is not CgroupReading reading)
            {
                return null;
            }

            UpdateRate(timestamp, reading.CpuNanoseconds);
            return new CgroupSample(readAt, reading, _nanoCores);
        }
    }

    public void Dispose() => meter.Dispose();

    private void UpdateRate(long timestamp, ulong cpu)
    {
        if (_base is not (long Timestamp, ulong Cpu) start || cpu < start.Cpu)
        {
            _base = (timestamp, cpu);
            _nanoCores = null;
            return;
        }

        TimeSpan span = time.GetElapsedTime(start.Timestamp, timestamp);
        if (span >= MinimumSpan)
        {
            _nanoCores = (ulong)((cpu - start.Cpu) / span.TotalSeconds);
        }

        if (span >= BaseAge)
        {
            _base = (timestamp, cpu);
        }
    }
}
