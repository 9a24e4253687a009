namespace Crid.Linux;

/// <summary>The counters of cgroup v2: the kernel's Documentation/admin-guide/cgroup-v2.rst.</summary>
internal sealed class UnifiedCgroupMeter : CgroupMeter
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    private readonly CgroupFile? _cpu;
    private readonly CgroupMemoryFiles _memory;
    private readonly CgroupFile? _swap;
    private readonly CgroupFile? _swapLimit;
    private readonly CgroupFile? _tasks;
    private readonly CgroupFile? _cpuPressure;
    private readonly CgroupFile? _memoryPressure;
    private readonly CgroupFile? _ioPressure;

    public UnifiedCgroupMeter(CgroupLayout layout, string path)
    {
        CgroupHierarchy tree = layout.Hierarchies[0];
        _cpu = Find(tree, path, "cpu.stat");
        _memory = new CgroupMemoryFiles(
            Find(tree, path, "memory.current"), Find(tree, path, "memory.max"), Find(tree, path, "memory.stat"), CgroupMemoryNames.Unified);
        _swap = Find(tree, path, "memory.swap.current");
        _swapLimit = Find(tree, path, "memory.swap.max");
        _tasks = Find(tree, path, "pids.current");
        _cpuPressure = Find(tree, path, "cpu.pressure");
        _memoryPressure = Find(tree, path, "memory.pressure");
        _ioPressure = Find(tree, path, "io.pressure");
    }

    private protected override CgroupReading? Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> cpu = _cpu is null ? default : _cpu.Read(buffer);
        if (cpu.IsEmpty)
        {
            return null;
        }

        return new CgroupReading
        {
            CpuNanoseconds = CgroupText.GetNumber(cpu, "usage_usec"u8) * NanosecondsPerMicrosecond,
            Memory = _memory.Read(buffer),
            Swap = ReadSwap(buffer),
            Tasks = _tasks is null ? null : CgroupText.FindNumber(_tasks.Read(buffer)),
            CpuPressure = ReadPressure(_cpuPressure, buffer),
            MemoryPressure = ReadPressure(_memoryPressure, buffer),
            IoPressure = ReadPressure(_ioPressure, buffer),
        };
    }

    private CgroupSwap? ReadSwap(Span<byte> buffer)
    {
        if (_swap is null || CgroupText.FindNumber(_swap.Read(buffer)) is not ulong usage)
        {
            return null;
        }

        return new CgroupSwap(usage, _swapLimit is null ? null : CgroupText.FindLimit(_swapLimit.Read(buffer)));
    }

    private static Pressure? ReadPressure(CgroupFile? file, Span<byte> buffer) =>
        file is null ? null : CgroupText.FindPressure(file.Read(buffer));
}
