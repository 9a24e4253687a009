namespace Crid.Linux.Tests;

/// <summary>On files as the kernel writes them; the host tests read real cgroups.</summary>
public sealed class CgroupInspectorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crid-inspector-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_Unified_HasEverything()
    {
        Write("c/cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 9\nnr_throttled 4\nthrottled_usec 7\n");
        Write("c/memory.stat", "anon 1\nfile 400\nkernel 50\nfile_mapped 30\nactive_file 20\n");
        Write("c/memory.peak", "999\n");
        Write("c/memory.events", "low 0\nmax 3\noom 2\noom_kill 1\n");
        Write("c/pids.max", "77\n");
        Write("c/io.stat", "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n253:16 rbytes=5\n");
        Write("c/hugetlb.2MB.current", "4194304\n");
        Write("c/hugetlb.2MB.rsvd.current", "1\n");

        CgroupDetails details = new CgroupInspector(new CgroupLayout([new CgroupHierarchy(_root, [])])).Read("/c");

        Assert.Equal((20_000UL, 10_000UL), (details.UserNanoseconds, details.SystemNanoseconds));
        Assert.Equal((9UL, 4UL, 7_000UL), (details.Periods, details.ThrottledPeriods, details.ThrottledNanoseconds));
        Assert.Equal((400UL, 30UL, 20UL, 50UL), (details.Cache, details.MappedFile, details.ActiveFile, details.KernelMemory));
        Assert.Equal((999UL, 0UL, 1UL, 77UL), (details.PeakMemory, details.LimitHits, details.OutOfMemoryKills, details.TasksLimit));
        Assert.Equal(
            [new DeviceUsage(8, 0) { ReadBytes = 100, WrittenBytes = 200, Reads = 3, Writes = 4 }, new DeviceUsage(253, 16) { ReadBytes = 5 }], details.Devices);
        Assert.Equal([new HugepageUsage("2MB", 4194304, null)], details.Hugepages);
    }

    [Fact]
    public void Read_Legacy_HasEverything()
    {
        Write("cpu/c/cpuacct.usage_user", "20\n");
        Write("cpu/c/cpuacct.usage_sys", "10\n");
        Write("cpu/c/cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_time 7\n");
        Write("memory/c/memory.stat", "cache 1\ntotal_cache 400\ntotal_mapped_file 30\ntotal_active_file 20\n");
        Write("memory/c/memory.kmem.usage_in_bytes", "50\n");
        Write("memory/c/memory.max_usage_in_bytes", "999\n");
        Write("memory/c/memory.failcnt", "6\n");
        Write("memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        Write("pids/c/pids.max", "max\n");
        Write("blkio/c/blkio.throttle.io_service_bytes_recursive", "8:0 Read 100\n8:0 Write 200\n8:0 Sync 250\n8:0 Total 300\nTotal 300\n");
        Write("blkio/c/blkio.throttle.io_serviced_recursive", "8:0 Read 3\n8:0 Write 4\nTotal 7\n");
        Write("hugetlb/c/hugetlb.1GB.usage_in_bytes", "1\n");
        Write("hugetlb/c/hugetlb.1GB.max_usage_in_bytes", "2\n");
        CgroupLayout layout = new([.. new[] { "cpu,cpuacct", "memory", "pids", "blkio", "hugetlb" }
            .Select(names => new CgroupHierarchy($"{_root}/{names.Split(',')[0]}", names.Split(',')))]);

        CgroupDetails details = new CgroupInspector(layout).Read("/c");

        Assert.Equal((20UL, 10UL), (details.UserNanoseconds, details.SystemNanoseconds));
        Assert.Equal((9UL, 4UL, 7UL), (details.Periods, details.ThrottledPeriods, details.ThrottledNanoseconds));
        Assert.Equal((400UL, 30UL, 20UL, 50UL), (details.Cache, details.MappedFile, details.ActiveFile, details.KernelMemory));
        Assert.Equal((999UL, 6UL, 1UL, null), (details.PeakMemory, details.LimitHits, details.OutOfMemoryKills, details.TasksLimit));
        Assert.Equal([new DeviceUsage(8, 0) { ReadBytes = 100, WrittenBytes = 200, Reads = 3, Writes = 4 }], details.Devices);
        Assert.Equal([new HugepageUsage("1GB", 1, 2)], details.Hugepages);
    }

    [Fact]
    public void Read_CgroupIsGone_IsEmpty()
    {
        CgroupDetails details = new CgroupInspector(new CgroupLayout([new CgroupHierarchy(_root, [])])).Read("/gone");

        Assert.Equal((0UL, null), (details.Cache, details.PeakMemory));
        Assert.Empty(details.Devices);
        Assert.Empty(details.Hugepages);
    }

    private void Write(string path, string content)
    {
        string file = $"{_root}/{path}";
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
