using System.Globalization;

namespace Crid.Daemon;

/// <summary>Privileges of this process and what confines containers.</summary>
internal static class SecurityChecks
{
    private static readonly (int Bit, string Name)[] Needed =
    [
        (0, "CHOWN"), (1, "DAC_OVERRIDE"), (3, "FOWNER"), (5, "KILL"), (6, "SETGID"), (7, "SETUID"), (8, "SETPCAP"), (12, "NET_ADMIN"),
        (18, "SYS_CHROOT"), (21, "SYS_ADMIN"), (27, "MKNOD"),
    ];

    private const int SysResource = 24;

    public static IEnumerable<HostCheck> Run(IHost host)
    {
        yield return CheckPrivileges(host.ReadText("/proc/self/status") ?? "");
        yield return host.Exists("/proc/sys/kernel/seccomp/actions_avail")
            ? HostCheck.Ok("seccomp", "available")
            : HostCheck.Warning("seccomp", "not available", "containers run without a filter of system calls; use a kernel with CONFIG_SECCOMP_FILTER");
        yield return CheckAppArmor(host);
        if (host.ReadText("/sys/fs/selinux/enforce") is string enforcing)
        {
            yield return HostCheck.Ok("SELinux", enforcing == "1" ? "enforcing" : "permissive");
        }
    }

    private static HostCheck CheckPrivileges(string status)
    {
        if (FieldOf(status, "Uid:").Split('\t', ' ').FirstOrDefault() != "0")
        {
            return HostCheck.Failure("privileges", "not root", "run crid as root (sudo)");
        }

        if (!ulong.TryParse(FieldOf(status, "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong effective))
        {
            return HostCheck.Warning("privileges", "root, capabilities unknown", "mount /proc");
        }

        string[] missing = [.. Needed.Where(capability => !Has(effective, capability.Bit)).Select(capability => $"CAP_{capability.Name}")];
        if (missing.Length > 0)
        {
            return HostCheck.Failure("privileges", $"root without {string.Join(", ", missing)}", "give the service these capabilities (CapabilityBoundingSet= of its unit)");
        }

        return Has(effective, SysResource)
            ? HostCheck.Ok("privileges", "root")
            : HostCheck.Warning("privileges", "root without CAP_SYS_RESOURCE", "containers can't get resource limits above this process's or a lower OOM score than its");
    }

    private static HostCheck CheckAppArmor(IHost host)
    {
        if (host.ReadText("/sys/module/apparmor/parameters/enabled") != "Y")
        {
            return HostCheck.Ok("AppArmor", "not enabled in this kernel");
        }

        return host.FindProgram("apparmor_parser") is not null
            ? HostCheck.Ok("AppArmor", "enabled")
            : HostCheck.Warning("AppArmor", "enabled, but apparmor_parser is missing", "install the package apparmor: without it the default profile can't be loaded");
    }

    private static bool Has(ulong set, int bit) => (set >> bit & 1) != 0;

    private static string FieldOf(string status, string name) =>
        status.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";
}
