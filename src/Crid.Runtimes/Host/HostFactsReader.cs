using System.Globalization;
using System.Runtime.InteropServices;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Reads <see cref="HostFacts"/> from /proc and /sys.</summary>
public static class HostFactsReader
{
    public static HostFacts Read(CgroupLayout cgroups)
    {
        ArgumentNullException.ThrowIfNull(cgroups);
        return new HostFacts
        {
            Capabilities = Capability.FromMask(BoundingSet()),
            UnifiedCgroups = cgroups.Mode == CgroupMode.Unified,
            SwapController = HasSwapController(cgroups),
            HugepageController = HasHugepageController(cgroups),
            Architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? CpuArchitecture.Arm64 : CpuArchitecture.Amd64,
            Kernel = Environment.OSVersion.Version,
            OomScoreAdj = int.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture),
            Seccomp = Directory.Exists("/proc/sys/kernel/seccomp"),
            AppArmor = IsYes("/sys/module/apparmor/parameters/enabled"),
            Selinux = File.Exists("/sys/fs/selinux/enforce"),
            UserNamespaces = HasUserNamespaces(),
        };
    }

    private static ulong BoundingSet()
    {
        const string Field = "CapBnd:";
        string line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(Field, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    // The root cgroup of v2 has no memory files, so any of its children is asked.
    private static bool HasSwapController(CgroupLayout cgroups) => cgroups.Find("memory") switch
    {
        null => false,
        { IsUnified: true } unified => Directory.EnumerateDirectories(unified.Mountpoint)
            .Any(static directory => File.Exists($"{directory}/memory.swap.max")),
        CgroupHierarchy memory => File.Exists($"{memory.Mountpoint}/memory.memsw.limit_in_bytes"),
    };

    private static bool HasHugepageController(CgroupLayout cgroups) => cgroups.Find("hugetlb") switch
    {
        null => false,
        { IsUnified: true } unified => File.ReadAllText($"{unified.Mountpoint}/cgroup.controllers").Split(' ', '\n').Contains("hugetlb"),
        _ => true,
    };

    private static bool HasUserNamespaces()
    {
        const string Limit = "/proc/sys/user/max_user_namespaces";
        return File.Exists(Limit) && int.Parse(File.ReadAllText(Limit), CultureInfo.InvariantCulture) > 0;
    }

    private static bool IsYes(string path) => File.Exists(path) && File.ReadAllText(path).StartsWith('Y');
}
