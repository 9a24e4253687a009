namespace Crid.Runtimes;

/// <summary>Chooses the cgroup driver of a machine.</summary>
internal static class CgroupDrivers
{
    private const string RunningSystemd = "/run/systemd/system";

    /// <summary>The systemd driver where systemd runs and the machine is on cgroup v2 alone, as kubelet's own detection has it.</summary>
    public static CgroupDriver Detect(HostFacts host) =>
        host.UnifiedCgroups && Directory.Exists(RunningSystemd) ? CgroupDriver.Systemd : CgroupDriver.Cgroupfs;
}
