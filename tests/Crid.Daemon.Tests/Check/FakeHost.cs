using Crid.Linux;
using Crid.Networking;

namespace Crid.Daemon.Tests;

/// <summary>A host on which everything is well until a test changes it.</summary>
internal sealed class FakeHost : IHost
{
    public Dictionary<string, string> Texts { get; } = new()
    {
        ["/proc/sys/kernel/osrelease"] = "6.18.2-generic",
        ["/proc/filesystems"] = "nodev\tproc\nnodev\toverlay\n\text4",
        ["/proc/self/status"] = "Name:\tcrid\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff",
        ["/proc/swaps"] = "Filename Type Size",
        ["/proc/sys/net/ipv4/ip_forward"] = "1",
        ["/proc/sys/net/bridge/bridge-nf-call-iptables"] = "1",
        ["/proc/sys/user/max_net_namespaces"] = "60000",
        ["/sys/fs/cgroup/cgroup.controllers"] = "cpuset cpu io memory hugetlb pids",
    };

    public HashSet<string> Paths { get; } =
    [
        "/proc/self/ns/mnt", "/proc/self/ns/net", "/proc/self/ns/ipc", "/proc/self/ns/uts", "/proc/self/ns/pid", "/proc/self/ns/cgroup", "/proc/self/ns/user",
        "/proc/sys/kernel/seccomp/actions_avail", "/run/systemd/system", "/opt/cni/bin/bridge",
    ];

    public Dictionary<string, string> Programs { get; } = new() { ["runc"] = "runc version 1.5.1", ["crun"] = "crun version 1.28", ["iptables"] = "iptables v1.8" };

    public Dictionary<string, SocketState> Sockets { get; } = [];

    public KernelFeatures Features { get; set; } = new() { HasOpenat2 = true, HasPidfd = true, HasNewMountApi = true, HasPidfdInfo = true };

    public CgroupLayout Cgroups { get; set; } = new([new CgroupHierarchy("/sys/fs/cgroup", [])]);

    public HostFileSystem Disk { get; set; } = new("ext4", 100L << 30, 50L << 30);

    public UnixFileMode? RootMode { get; set; }

    public NetworkStatus Network { get; set; } = new(true, "", "");

    public string? ReadText(string path) => Texts.GetValueOrDefault(path);

    public bool Exists(string path) => Paths.Contains(path);

    public UnixFileMode? GetMode(string directory) => RootMode;

    public string? FindProgram(string pathOrName) => Programs.ContainsKey(pathOrName) ? $"/usr/sbin/{pathOrName}" : null;

    public KernelFeatures GetKernelFeatures() => Features;

    public CgroupLayout GetCgroups() => Cgroups;

    public HostFileSystem GetFileSystem(string path) => Disk;

    public SocketState ProbeSocket(string path) => Sockets.GetValueOrDefault(path, SocketState.Absent);

    public Task<string?> GetVersionAsync(string program, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(Programs[Path.GetFileName(program)] is { Length: > 0 } line ? line : null);

    public Task<NetworkStatus> GetNetworkStatusAsync(NetworkOptions options, CancellationToken cancellationToken) => Task.FromResult(Network);
}
