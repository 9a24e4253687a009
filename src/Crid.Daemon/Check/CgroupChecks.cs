using Crid.Linux;

namespace Crid.Daemon;

/// <summary>Cgroups: the hierarchy and the controllers that pods need.</summary>
internal static class CgroupChecks
{
    private static readonly string[] Needed = ["cpu", "memory", "pids"];
    private const string Pinning = "cpuset";

    public static IEnumerable<HostCheck> Run(IHost host)
    {
        CgroupLayout layout = host.GetCgroups();
        bool hasSystemd = host.Exists("/run/systemd/system");
        yield return CheckHierarchy(layout, hasSystemd);
        if (layout.Hierarchies.Count > 0)
        {
            yield return CheckControllers(host, layout);
        }
    }

    private static HostCheck CheckHierarchy(CgroupLayout layout, bool hasSystemd)
    {
        string manager = hasSystemd ? "systemd" : "no systemd";
        if (layout.Hierarchies.Count == 0)
        {
            return HostCheck.Failure("cgroups", "nothing is mounted below /sys/fs/cgroup", "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
        }

        return layout.Mode == CgroupMode.Unified
            ? HostCheck.Ok("cgroups", $"v2, {manager}")
            : HostCheck.Warning(
                "cgroups",
                $"{(layout.Mode == CgroupMode.Hybrid ? "v1 with an empty v2 hierarchy beside it" : "v1")}, {manager}",
                $"crid works with it; recent kubelets need failCgroupV1: false. To get v2: {(hasSystemd ? "boot with systemd.unified_cgroup_hierarchy=1" : "have cgroup2 mounted at /sys/fs/cgroup at boot")}");
    }

    private static HostCheck CheckControllers(IHost host, CgroupLayout layout)
    {
        string[] present = layout.Mode == CgroupMode.Unified
            ? (host.ReadText("/sys/fs/cgroup/cgroup.controllers") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [.. layout.Hierarchies.SelectMany(hierarchy => hierarchy.Controllers)];
        string[] missing = [.. Needed.Except(present)];
        if (missing.Length == 0 && !present.Contains(Pinning))
        {
            return HostCheck.Warning(
                "cgroup controllers",
                $"{string.Join(", ", Needed)}; not {Pinning}",
                "pods run, but none can be given processors of its own: keep kubelet's cpuManagerPolicy and memoryManagerPolicy at none");
        }

        return missing.Length == 0
            ? HostCheck.Ok("cgroup controllers", string.Join(", ", [.. Needed, Pinning]))
            : HostCheck.Failure("cgroup controllers", $"missing: {string.Join(", ", missing)}", "enable them in the kernel (for memory: remove cgroup_disable=memory from its command line)");
    }
}
