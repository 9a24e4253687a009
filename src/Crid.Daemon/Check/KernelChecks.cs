using System.Globalization;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>The kernel: its version, calls, file systems and namespaces.</summary>
internal static class KernelChecks
{
    private const int FewNamespaces = 1024;
    private static readonly Version Oldest = new(5, 6);
    private static readonly Version ExitInformation = new(6, 15);
    private static readonly string[] Namespaces = ["mnt", "net", "ipc", "uts", "pid", "cgroup", "user"];

    public static IEnumerable<HostCheck> Run(IHost host)
    {
        KernelFeatures features = host.GetKernelFeatures();
        Version? version = ParseVersion(host.ReadText("/proc/sys/kernel/osrelease") ?? "");
        yield return CheckVersion(host, version);
        yield return CheckCalls(features, version);
        yield return CheckOverlay(host, features);
        yield return CheckNamespaces(host);
        yield return CheckNamespaceLimits(host);
    }

    /// <summary>The leading numbers of a kernel release, for example <c>6.1.0-18-amd64</c>.</summary>
    internal static Version? ParseVersion(string release)
    {
        string[] parts = release.Split('.', '-', '+', '~');
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            ? new Version(major, minor)
            : null;
    }

    private static HostCheck CheckVersion(IHost host, Version? version)
    {
        string release = host.ReadText("/proc/sys/kernel/osrelease") ?? "unknown";
        return version is null || version >= Oldest
            ? HostCheck.Ok("kernel", release)
            : HostCheck.Failure("kernel", release, $"crid needs Linux {Oldest} or later");
    }

    private static HostCheck CheckCalls(KernelFeatures features, Version? version)
    {
        List<string> missing = [];
        if (!features.HasOpenat2)
        {
            missing.Add("openat2");
        }

        if (!features.HasPidfd)
        {
            missing.Add("pidfd_open");
        }

        if (missing.Count > 0)
        {
            return HostCheck.Failure("kernel calls", $"missing: {string.Join(", ", missing)}", "use a newer kernel, or lift the seccomp filter that this process runs under");
        }

        return features.HasPidfdInfo && version >= ExitInformation
            ? HostCheck.Ok("kernel calls", "openat2, pidfd, exit codes by pidfd")
            : HostCheck.Ok("kernel calls", "openat2, pidfd (exit codes by pidfd come with Linux 6.15: without, those of containers that outlive their crid-keeper can be lost)");
    }

    private static HostCheck CheckOverlay(IHost host, KernelFeatures features)
    {
        bool known = (host.ReadText("/proc/filesystems") ?? "").Split('\n').Any(line => line.Split('\t')[^1].Trim() == "overlay");
        if (!known)
        {
            return HostCheck.Failure("overlayfs", "not in /proc/filesystems", "modprobe overlay, and 'overlay' in /etc/modules-load.d/crid.conf to have it after a boot");
        }

        return features.HasNewMountApi
            ? HostCheck.Ok("overlayfs", "with the new mount API")
            : HostCheck.Warning("overlayfs", "without the new mount API", "images with very many layers can't be mounted; Linux 6.5 or later can");
    }

    private static HostCheck CheckNamespaces(IHost host)
    {
        string[] missing = [.. Namespaces.Where(name => !host.Exists($"/proc/self/ns/{name}"))];
        string[] needed = [.. missing.Except(["cgroup", "user"])];
        if (needed.Length > 0)
        {
            return HostCheck.Failure("namespaces", $"missing: {string.Join(", ", needed)}", "use a kernel that is built with these namespaces");
        }

        return missing.Length == 0
            ? HostCheck.Ok("namespaces", string.Join(", ", Namespaces))
            : HostCheck.Warning("namespaces", $"missing: {string.Join(", ", missing)}", "pods that ask for these namespaces can't run");
    }

    private static HostCheck CheckNamespaceLimits(IHost host)
    {
        List<string> low = [];
        bool none = false;
        foreach (string name in Namespaces.Where(name => name != "user"))
        {
            if (long.TryParse(host.ReadText($"/proc/sys/user/max_{name}_namespaces"), out long limit) && limit < FewNamespaces)
            {
                low.Add($"user.max_{name}_namespaces={limit}");
                none |= limit == 0;
            }
        }

        if (low.Count == 0)
        {
            return HostCheck.Ok("namespace limits", $"{FewNamespaces} or more of each kind");
        }

        string found = string.Join(", ", low);
        const string Advice = "raise them with sysctl, and in /etc/sysctl.d to have it after a boot";
        return none ? HostCheck.Failure("namespace limits", found, Advice) : HostCheck.Warning("namespace limits", found, Advice);
    }
}
