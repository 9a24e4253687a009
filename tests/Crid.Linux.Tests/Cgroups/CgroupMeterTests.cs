namespace Crid.Linux.Tests;

/// <summary>On files as the kernel writes them; the host tests read real cgroups.</summary>
public sealed class CgroupMeterTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crid-meter-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_Unified_HasEverything()
    {
        Write("pod/c/cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 0\n");
        Write("pod/c/memory.current", "1000\n");
        Write("pod/c/memory.max", "5000\n");
        Write("pod/c/memory.stat", "anon 600\nfile 400\ninactive_anon 7\ninactive_file 300\npgfault 12\npgmajfault 3\n");
        Write("pod/c/memory.swap.current", "100\n");
        Write("pod/c/memory.swap.max", "250\n");
        Write("pod/c/pids.current", "4\n");
        foreach (string name in new[] { "cpu", "memory", "io" })
        {
            Write($"pod/c/{name}.pressure", "some avg10=1.50 avg60=0.25 avg300=0.01 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
        }

        using CgroupMeter meter = CgroupMeter.Open(Unified(), "/pod/c")!;

        Pressure pressure = new(new PressureLine(77, 1.5, 0.25, 0.01), new PressureLine(5, 0, 0, 0));
        CgroupReading expected = new()
        {
            CpuNanoseconds = 1_500_000,
            Memory = new CgroupMemory { Usage = 1000, InactiveFile = 300, Anonymous = 600, PageFaults = 12, MajorPageFaults = 3, Limit = 5000 },
            Swap = new CgroupSwap(100, 250),
            Tasks = 4,
            CpuPressure = pressure,
            MemoryPressure = pressure,
            IoPressure = pressure,
        };
        Assert.Equal(expected, meter.Read());
        Assert.Equal((700UL, 4300UL, 150UL), (expected.Memory.WorkingSet, expected.Memory.Available, expected.Swap.Available));
    }

    [Fact]
    public void Read_UnifiedWithoutLimits_HasNothingAvailable()
    {
        Write("c/cpu.stat", "usage_usec 1\n");
        Write("c/memory.current", "10\n");
        Write("c/memory.max", "max\n");
        Write("c/memory.stat", "inactive_file 30\n");
        Write("c/memory.swap.current", "0\n");
        Write("c/memory.swap.max", "max\n");
        Write("c/cpu.pressure", "");

        using CgroupMeter meter = CgroupMeter.Open(Unified(), "c")!;
        CgroupReading reading = meter.Read()!;

        Assert.Null(reading.Memory!.Available);
        Assert.Equal(0UL, reading.Memory.WorkingSet);
        Assert.Equal(new CgroupSwap(0, null), reading.Swap);
        Assert.Null(reading.Tasks);
        Assert.Null(reading.CpuPressure);
        Assert.Null(reading.IoPressure);
    }

    [Fact]
    public void Read_Legacy_ReadsTheTotalsOfEachTree()
    {
        Write("cpuacct/c/cpuacct.usage", "123456789\n");
        Write("memory/c/memory.usage_in_bytes", "1000\n");
        Write("memory/c/memory.limit_in_bytes", "4000\n");
        Write("memory/c/memory.stat", "rss 1\npgfault 1\ninactive_file 1\ntotal_rss 500\ntotal_pgfault 9\ntotal_pgmajfault 2\ntotal_inactive_file 200\n");
        Write("memory/c/memory.memsw.usage_in_bytes", "1100\n");
        Write("memory/c/memory.memsw.limit_in_bytes", "6000\n");
        Write("pids/c/pids.current", "2\n");

        using CgroupMeter meter = CgroupMeter.Open(Legacy(), "/c")!;

        CgroupReading expected = new()
        {
            CpuNanoseconds = 123456789,
            Memory = new CgroupMemory { Usage = 1000, InactiveFile = 200, Anonymous = 500, PageFaults = 9, MajorPageFaults = 2, Limit = 4000 },
            Swap = new CgroupSwap(100, 2000),
            Tasks = 2,
        };
        Assert.Equal(expected, meter.Read());
    }

    [Fact]
    public void Read_LegacyWithoutLimitAndSwapAccounting_HasNeither()
    {
        Write("cpuacct/c/cpuacct.usage", "1\n");
        Write("memory/c/memory.usage_in_bytes", "1000\n");
        Write("memory/c/memory.limit_in_bytes", "9223372036854771712\n");
        Write("memory/c/memory.stat", "total_rss 500\n");

        using CgroupMeter meter = CgroupMeter.Open(Legacy(), "/c")!;
        CgroupReading reading = meter.Read()!;

        Assert.Null(reading.Memory!.Limit);
        Assert.Null(reading.Swap);
    }

    [Fact]
    public void Read_ValuesChange_AreReadAnew()
    {
        Write("c/cpu.stat", "usage_usec 1\n");
        using CgroupMeter meter = CgroupMeter.Open(Unified(), "c")!;
        Assert.Equal(1_000UL, meter.Read()!.CpuNanoseconds);

        Write("c/cpu.stat", "usage_usec 25\n");

        Assert.Equal(25_000UL, meter.Read()!.CpuNanoseconds);
    }

    [Fact]
    public void Read_AfterDispose_IsNull()
    {
        Write("c/cpu.stat", "usage_usec 1\n");
        CgroupMeter meter = CgroupMeter.Open(Unified(), "c")!;

        meter.Dispose();

        Assert.Null(meter.Read());
    }

    [Fact]
    public void Open_NoSuchCgroup_IsNull()
    {
        Assert.Null(CgroupMeter.Open(Unified(), "none"));
        Assert.Null(CgroupMeter.Open(Legacy(), "none"));
    }

    [Fact]
    public void Read_UnifiedTreeOfThisMachine_HasProcessorTime()
    {
        CgroupHierarchy? tree = CgroupLayout.Detect().Hierarchies.FirstOrDefault(static hierarchy => hierarchy.IsUnified);
        Assert.SkipWhen(tree is null, "this machine has no cgroup v2");

        using CgroupMeter meter = CgroupMeter.Open(new CgroupLayout([tree!]), "/")!;

        Assert.InRange(meter.Read()!.CpuNanoseconds, 1UL, ulong.MaxValue);
    }

    private CgroupLayout Unified() => new([new CgroupHierarchy(_root, [])]);

    private CgroupLayout Legacy() => new([
        new CgroupHierarchy($"{_root}/memory", ["memory"]),
        new CgroupHierarchy($"{_root}/cpuacct", ["cpu", "cpuacct"]),
        new CgroupHierarchy($"{_root}/pids", ["pids"])]);

    private void Write(string path, string content)
    {
        string file = $"{_root}/{path}";
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
