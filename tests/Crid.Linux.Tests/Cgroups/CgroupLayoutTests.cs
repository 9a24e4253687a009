namespace Crid.Linux.Tests;

public sealed class CgroupLayoutTests
{
    private const string Unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
    private const string Memory = "31 23 0:27 / /sys/fs/cgroup/memory rw shared:5 - cgroup cgroup rw,memory";
    private const string Cpu = "32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:6 - cgroup cgroup rw,cpu,cpuacct,clone_children";
    private const string Systemd = "33 23 0:29 / /sys/fs/cgroup/systemd rw shared:7 - cgroup cgroup rw,xattr,release_agent=/x,name=systemd";
    private const string Beside = "34 23 0:30 / /sys/fs/cgroup/unified rw shared:8 - cgroup2 cgroup2 rw";

    [Theory]
    [InlineData(CgroupMode.Unified, Unified)]
    [InlineData(CgroupMode.Legacy, Memory, Cpu, Systemd)]
    [InlineData(CgroupMode.Hybrid, Memory, Beside)]
    public void FromMounts_Mounts_TellTheMode(CgroupMode mode, params string[] lines) =>
        Assert.Equal(mode, CgroupLayout.FromMounts(lines.Select(MountInfo.Parse)).Mode);

    [Fact]
    public void FromMounts_Legacy_FindsControllersAndNames()
    {
        CgroupLayout layout = CgroupLayout.FromMounts(new[] { Memory, Cpu, Systemd }.Select(MountInfo.Parse));

        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", layout.Find("cpuacct")!.Mountpoint);
        Assert.Equal(["name=systemd"], layout.Hierarchies[2].Controllers);
        Assert.Null(layout.Find("hugetlb"));
    }

    [Fact]
    public void ContainerHierarchies_Hybrid_LeavesTheEmptyTreeOut()
    {
        CgroupLayout layout = CgroupLayout.FromMounts(new[] { Memory, Beside }.Select(MountInfo.Parse));

        Assert.Equal(["/sys/fs/cgroup/memory"], layout.ContainerHierarchies.Select(static hierarchy => hierarchy.Mountpoint));
    }
}
