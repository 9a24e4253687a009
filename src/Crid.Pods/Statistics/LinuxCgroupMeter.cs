using Crid.Linux;

namespace Crid.Pods;

/// <summary>The counters of one cgroup of this machine.</summary>
internal sealed class LinuxCgroupMeter(CgroupMeter meter) : ICgroupMeter
{
    public CgroupReading? Read() => meter.Read();

    public void Dispose() => meter.Dispose();
}
