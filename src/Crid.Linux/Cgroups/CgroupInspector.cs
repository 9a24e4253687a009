namespace Crid.Linux;

/// <summary>Reads the details of cgroups. What a machine does not account reads as zero, and so does everything of a cgroup that is gone.</summary>
public sealed class CgroupInspector(CgroupLayout layout)
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>io.stat and the files of blkio have a line or more for each device; cut at this size.</summary>
    private const int BufferBytes = 32 << 10;

    private const string HugepagePrefix = "hugetlb.";

    /// <param name="path">Below the mounts of the trees.</param>
    public CgroupDetails Read(string path)
    {
        byte[] buffer = new byte[BufferBytes];
        return layout.Mode == CgroupMode.Unified ? ReadUnified(path, buffer) : ReadLegacy(path, buffer);
    }

    private CgroupDetails ReadUnified(string path, byte[] buffer)
    {
        ReadOnlySpan<byte> cpu = ReadFile("cpu", path, "cpu.stat", buffer);
        CgroupDetails details = new()
        {
            UserNanoseconds = CgroupText.GetNumber(cpu, "user_usec"u8) * NanosecondsPerMicrosecond,
            SystemNanoseconds = CgroupText.GetNumber(cpu, "system_usec"u8) * NanosecondsPerMicrosecond,
            Periods = CgroupText.GetNumber(cpu, "nr_periods"u8),
            ThrottledPeriods = CgroupText.GetNumber(cpu, "nr_throttled"u8),
            ThrottledNanoseconds = CgroupText.GetNumber(cpu, "throttled_usec"u8) * NanosecondsPerMicrosecond,
        };
        ReadOnlySpan<byte> memory = ReadFile("memory", path, "memory.stat", buffer);
        return details with
        {
            Cache = CgroupText.GetNumber(memory, "file"u8),
            MappedFile = CgroupText.GetNumber(memory, "file_mapped"u8),
            ActiveFile = CgroupText.GetNumber(memory, "active_file"u8),
            KernelMemory = CgroupText.GetNumber(memory, "kernel"u8),
            PeakMemory = CgroupText.FindNumber(ReadFile("memory", path, "memory.peak", buffer)),
            OutOfMemoryKills = CgroupText.GetNumber(ReadFile("memory", path, "memory.events", buffer), "oom_kill"u8),
            TasksLimit = CgroupText.FindLimit(ReadFile("pids", path, "pids.max", buffer)),
            Hugepages = ReadHugepages(path, ".current", peak: null, buffer),
            Devices = DeviceText.ParseUnified(ReadFile("io", path, "io.stat", buffer)),
        };
    }

    private CgroupDetails ReadLegacy(string path, byte[] buffer)
    {
        CgroupDetails details = new()
        {
            UserNanoseconds = CgroupText.FindNumber(ReadFile("cpuacct", path, "cpuacct.usage_user", buffer)).GetValueOrDefault(),
            SystemNanoseconds = CgroupText.FindNumber(ReadFile("cpuacct", path, "cpuacct.usage_sys", buffer)).GetValueOrDefault(),
        };
        ReadOnlySpan<byte> cpu = ReadFile("cpu", path, "cpu.stat", buffer);
        details = details with
        {
            Periods = CgroupText.GetNumber(cpu, "nr_periods"u8),
            ThrottledPeriods = CgroupText.GetNumber(cpu, "nr_throttled"u8),
            ThrottledNanoseconds = CgroupText.GetNumber(cpu, "throttled_time"u8),
        };
        ReadOnlySpan<byte> memory = ReadFile("memory", path, "memory.stat", buffer);
        details = details with
        {
            Cache = CgroupText.GetNumber(memory, "total_cache"u8),
            MappedFile = CgroupText.GetNumber(memory, "total_mapped_file"u8),
            ActiveFile = CgroupText.GetNumber(memory, "total_active_file"u8),
        };
        return details with
        {
            KernelMemory = CgroupText.FindNumber(ReadFile("memory", path, "memory.kmem.usage_in_bytes", buffer)).GetValueOrDefault(),
            PeakMemory = CgroupText.FindNumber(ReadFile("memory", path, "memory.max_usage_in_bytes", buffer)),
            LimitHits = CgroupText.FindNumber(ReadFile("memory", path, "memory.failcnt", buffer)).GetValueOrDefault(),
            OutOfMemoryKills = CgroupText.GetNumber(ReadFile("memory", path, "memory.oom_control", buffer), "oom_kill"u8),
            TasksLimit = CgroupText.FindLimit(ReadFile("pids", path, "pids.max", buffer)),
            Hugepages = ReadHugepages(path, ".usage_in_bytes", ".max_usage_in_bytes", buffer),
            Devices = ReadLegacyDevices(path, buffer),
        };
    }

    private IReadOnlyList<DeviceUsage> ReadLegacyDevices(string path, byte[] buffer)
    {
        Dictionary<(uint Major, uint Minor), DeviceUsage> devices = [];
        DeviceText.AddLegacyBytes(devices, ReadFile("blkio", path, "blkio.throttle.io_service_bytes_recursive", buffer));
        DeviceText.AddLegacyOperations(devices, ReadFile("blkio", path, "blkio.throttle.io_serviced_recursive", buffer));
        return [.. devices.Values];
    }

    private List<HugepageUsage> ReadHugepages(string path, string usage, string? peak, byte[] buffer)
    {
        List<HugepageUsage> all = [];
        foreach (string file in ListHugepageFiles(path, usage))
        {
            // Reservations are counted in files of their own: hugetlb.2MB.rsvd.current.
            string size = file[HugepagePrefix.Length..^usage.Length];
            if (!size.Contains('.', StringComparison.Ordinal) && CgroupText.FindNumber(ReadFile("hugetlb", path, file, buffer)) is ulong bytes)
            {
                ulong? most = peak is null ? null : CgroupText.FindNumber(ReadFile("hugetlb", path, $"{HugepagePrefix}{size}{peak}", buffer));
                all.Add(new HugepageUsage(size, bytes, most));
            }
        }

        return all;
    }

    private string[] ListHugepageFiles(string path, string usage)
    {
        if (layout.Find("hugetlb") is not { } hierarchy)
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(CgroupTree.DirectoryOf(hierarchy, path), $"{HugepagePrefix}*{usage}").Select(static file => Path.GetFileName(file))];
        }
        catch (DirectoryNotFoundException)
        {
            // No look before this one could rule it out: containers end at any time.
            return [];
        }
    }

    private ReadOnlySpan<byte> ReadFile(string controller, string path, string name, byte[] buffer)
    {
        using CgroupFile? file = layout.Find(controller) is { } hierarchy ? CgroupFile.Find($"{CgroupTree.DirectoryOf(hierarchy, path)}/{name}") : null;
        return file is null ? default : file.Read(buffer);
    }
}
