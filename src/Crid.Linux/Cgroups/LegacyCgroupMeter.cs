namespace Crid.Linux;

/// <summary>The counters of cgroup v1: the kernel's Documentation/admin-guide/cgroup-v1.</summary>
internal sealed class LegacyCgroupMeter : CgroupMeter
{
    private readonly CgroupFile? _cpu;
    private readonly CgroupMemoryFiles _memory;
    private readonly CgroupFile? _memoryAndSwap;
    private readonly CgroupFile? _memoryAndSwapLimit;
    private readonly CgroupFile? _tasks;

    public LegacyCgroupMeter(CgroupLayout layout, string path)
    {
        CgroupHierarchy? memory = layout.Find("memory");
        _cpu = Find(layout.Find("cpuacct"), path, "cpuacct.usage");
        _memory = new CgroupMemoryFiles(
            Find(memory, path, "memory.usage_in_bytes"), Find(memory, path, "memory.limit_in_bytes"), Find(memory, path, "memory.stat"), CgroupMemoryNames.Legacy);
        _memoryAndSwap = Find(memory, path, "memory.memsw.usage_in_bytes");
        _memoryAndSwapLimit = Find(memory, path, "memory.memsw.limit_in_bytes");
        _tasks = Find(layout.Find("pids"), path, "pids.current");
    }

    private protected override CgroupReading? Read(Span<byte> buffer)
    {
        if (_cpu is null || CgroupText.FindNumber(_cpu.Read(buffer)) is not ulong cpu)
        {
            return null;
        }

        CgroupMemory? memory = _memory.Read(buffer);
        return new CgroupReading
        {
            CpuNanoseconds = cpu,
            Memory = memory,
            Swap = memory is null ? null : ReadSwap(memory, buffer),
            Tasks = _tasks is null ? null : CgroupText.FindNumber(_tasks.Read(buffer)),
        };
    }

    // v1 counts and limits memory and swap together.
    private CgroupSwap? ReadSwap(CgroupMemory memory, Span<byte> buffer)
    {
        if (_memoryAndSwap is null || CgroupText.FindNumber(_memoryAndSwap.Read(buffer)) is not ulong both)
        {
            return null;
        }

        ulong? limit = _memoryAndSwapLimit is null ? null : CgroupText.FindLimit(_memoryAndSwapLimit.Read(buffer));
        return new CgroupSwap(Minus(both, memory.Usage), limit is ulong all && memory.Limit is ulong own ? Minus(all, own) : null);
    }

    private static ulong Minus(ulong all, ulong part) => all > part ? all - part : 0;
}
