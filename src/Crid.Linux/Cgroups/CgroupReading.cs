namespace Crid.Linux;

/// <summary>What a cgroup and those below it use at one moment.</summary>
public sealed record CgroupReading
{
    /// <summary>Processor time since the cgroup was made.</summary>
    public required ulong CpuNanoseconds { get; init; }

    /// <summary>Null without a memory controller.</summary>
    public CgroupMemory? Memory { get; init; }

    /// <summary>Null where the kernel does not account swap.</summary>
    public CgroupSwap? Swap { get; init; }

    /// <summary>Processes and threads as the pids controller counts them; null without it.</summary>
    public ulong? Tasks { get; init; }

    /// <summary>Null on cgroup v1, and where the kernel does not measure pressure; so are the other two.</summary>
    public Pressure? CpuPressure { get; init; }

    public Pressure? MemoryPressure { get; init; }

    public Pressure? IoPressure { get; init; }
}
