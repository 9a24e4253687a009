using Crid.Linux;

namespace Crid.Pods;

/// <summary>The counters of one cgroup.</summary>
public interface ICgroupMeter : IDisposable
{
    /// <summary>What it uses now; null once it is gone.</summary>
    CgroupReading? Read();
}
