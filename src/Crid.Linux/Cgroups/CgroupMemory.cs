namespace Crid.Linux;

/// <summary>Memory of a cgroup in bytes, and its page faults.</summary>
public sealed record CgroupMemory
{
    public required ulong Usage { get; init; }

    /// <summary>File pages that were not used for a while: what the kernel takes back first.</summary>
    public required ulong InactiveFile { get; init; }

    /// <summary>Anonymous memory.</summary>
    public required ulong Anonymous { get; init; }

    public required ulong PageFaults { get; init; }

    public required ulong MajorPageFaults { get; init; }

    /// <summary>Null where the cgroup itself has no limit.</summary>
    public ulong? Limit { get; init; }

    /// <summary>What can't be taken back easily; the kernel reads its counters one after the other, so it is never below zero.</summary>
    public ulong WorkingSet => Usage > InactiveFile ? Usage - InactiveFile : 0;

    /// <summary>What the limit leaves; null without a limit.</summary>
    public ulong? Available => Limit is ulong limit ? limit - Math.Min(limit, WorkingSet) : null;
}
