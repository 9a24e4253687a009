using Crid.Keeper.Protocol;

namespace Crid.HostTests;

/// <summary>What of the machine the tests use, by the variables that tests/host-lab.sh and the caller set.</summary>
internal static class LabMachine
{
    /// <summary>The cgroup driver of the daemons under test: cgroupfs, or systemd where CRID_LAB_CGROUP_DRIVER says so.</summary>
    public static string CgroupDriver { get; } = Environment.GetEnvironmentVariable("CRID_LAB_CGROUP_DRIVER") ?? "cgroupfs";

    /// <summary>The OCI runtime of pods that name none: runc, or what CRID_LAB_RUNTIME says.</summary>
    public static string Runtime { get; } = Environment.GetEnvironmentVariable("CRID_LAB_RUNTIME") ?? "runc";

    public static string RuntimePath { get; } = Runtime == "crun" ? "/usr/bin/crun" : "/usr/sbin/runc";

    /// <summary>Whether the kernel tells the exit status of a process that somebody else reaps, as that of a container whose keeper has died.</summary>
    public static bool TellsExitsOfOrphans { get; } = Environment.OSVersion.Version >= new Version(6, 15);

    /// <summary>What a keeper may tell of a container that another keeper has started and that ended with a status: where nobody has reaped it yet, that.</summary>
    public static int[] ExitsOfOrphan(int status) => TellsExitsOfOrphans ? [status] : [status, ProcessExit.Unknown];

    public static bool UsesSystemd => CgroupDriver == "systemd";

    /// <summary>A cgroup parent below which tests/host-lab.sh clears up, in the form that the driver takes.</summary>
    public static string CgroupParent(string name) => UsesSystemd ? $"crid-test-{name}.slice" : $"/crid-test-{name}";
}
