namespace Crid.Linux;

/// <summary>The files with what a cgroup uses of memory; those of cgroup v1 and v2 differ in names alone.</summary>
internal sealed class CgroupMemoryFiles(CgroupFile? usage, CgroupFile? limit, CgroupFile? details, CgroupMemoryNames names)
{
    /// <summary>Null where there is no memory controller or the cgroup is gone.</summary>
    public CgroupMemory? Read(Span<byte> buffer)
    {
        if (usage is null || details is null || CgroupText.FindNumber(usage.Read(buffer)) is not ulong used)
        {
            return null;
        }

        ulong? most = limit is null ? null : CgroupText.FindLimit(limit.Read(buffer));
        ReadOnlySpan<byte> lines = details.Read(buffer);
        return new CgroupMemory
        {
            Usage = used,
            Limit = most,
            InactiveFile = CgroupText.GetNumber(lines, names.InactiveFile),
            Anonymous = CgroupText.GetNumber(lines, names.Anonymous),
            PageFaults = CgroupText.GetNumber(lines, names.PageFaults),
            MajorPageFaults = CgroupText.GetNumber(lines, names.MajorPageFaults),
        };
    }
}
