namespace Crid.Linux;

/// <summary>What the lines of memory.stat are called.</summary>
internal sealed record CgroupMemoryNames(byte[] InactiveFile, byte[] Anonymous, byte[] PageFaults, byte[] MajorPageFaults)
{
    /// <summary>Of cgroup v1, those that include the cgroups below.</summary>
    public static CgroupMemoryNames Legacy { get; } =
        new([.. "total_inactive_file"u8], [.. "total_rss"u8], [.. "total_pgfault"u8], [.. "total_pgmajfault"u8]);

    public static CgroupMemoryNames Unified { get; } = new([.. "inactive_file"u8], [.. "anon"u8], [.. "pgfault"u8], [.. "pgmajfault"u8]);
}
