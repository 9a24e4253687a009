namespace Crid.Linux;

/// <summary>The counters of cgroup v2: the kernel's Documentation/admin-guide/cgroup-v2.rst.</summary>
internal sealed class UnifiedCgroupMeter : CgroupMeter
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    private readonly CgroupFile? _cpu;
    private readonly CgroupFile? _memory;
    private readonly CgroupFile? _memoryLimit;
    private readonly CgroupFile? _memoryDetails;
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
        _memory = Find(tree, path, "memory.current");
        _memoryLimit = Find(tree, path, "memory.max");
        _memoryDetails = Find(tree, path, "memory.stat");
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
            Memory = ReadMemory(buffer),
            Swap = ReadSwap(buffer),
            Tasks = _tasks is null ? null : CgroupText.FindNumber(_tasks.Read(buffer)),
            CpuPressure = ReadPressure(_cpuPressure, buffer),
            MemoryPressure = ReadPressure(_memoryPressure, buffer),
            IoPressure = ReadPressure(_ioPressure, buffer),
        };
    }

    private CgroupMemory? ReadMemory(Span<byte> buffer)
    {
        if (_memory is null || _memoryDetails is null || CgroupText.FindNumber(_memory.Read(buffer)) is not ulong usage)
        {
            return null;
        }

        ulong? limit = _memoryLimit is null ? null : CgroupText.FindLimit(_memoryLimit.Read(buffer));
        ReadOnlySpan<byte> details = _memoryDetails.Read(buffer);
        return new CgroupMemory
        {
            Usage = usage,
            Limit = limit,
            InactiveFile = CgroupText.GetNumber(details, "inactive_file"u8),
            Anonymous = CgroupText.GetNumber(details, "anon"u8),
            PageFaults = CgroupText.GetNumber(details, "pgfault"u8),
            MajorPageFaults = CgroupText.GetNumber(details, "pgmajfault"u8),
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
