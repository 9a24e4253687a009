namespace Crid.Daemon;

/// <summary>Who makes the cgroups of containers.</summary>
internal enum CgroupDriverChoice
{
    /// <summary>systemd where it is the init of the host, else the file system.</summary>
    Auto,
    Systemd,
    Cgroupfs,
}
