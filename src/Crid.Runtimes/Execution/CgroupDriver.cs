namespace Crid.Runtimes;

/// <summary>Who makes cgroups; numbers are those of the CRI.</summary>
public enum CgroupDriver
{
    Systemd = 0,
    Cgroupfs = 1,
}
