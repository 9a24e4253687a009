using Crid.Api;

namespace Crid.HostTests;

/// <summary>Requests as kubelet sends them for an ordinary pod.</summary>
internal static class Requests
{
    public static PodSandboxConfig Sandbox(CridDaemon daemon, string name, NamespaceMode pid = NamespaceMode.Container, NamespaceMode network = NamespaceMode.Pod) => new()
    {
        Metadata = new PodSandboxMetadata { Name = name, Namespace = "default", Uid = $"uid-{name}", Attempt = 0 },
        Hostname = network == NamespaceMode.Node ? "" : name,
        LogDirectory = $"{daemon.Directory}/logs/{name}",
        DnsConfig = new DNSConfig { Servers = { "10.96.0.10" }, Searches = { "default.svc.cluster.local" }, Options = { "ndots:5" } },
        Labels = { ["io.kubernetes.pod.name"] = name, ["io.kubernetes.pod.namespace"] = "default", ["io.kubernetes.pod.uid"] = $"uid-{name}" },
        Annotations = { ["example.org/note"] = "kept as it is" },
        Linux = new LinuxPodSandboxConfig
        {
            CgroupParent = daemon.CgroupParent,
            SecurityContext = new LinuxSandboxSecurityContext
            {
                NamespaceOptions = new NamespaceOption { Pid = pid, Network = network },
                Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
            },
        },
    };

    public static ContainerConfig Container(string name, string image, params string[] command) => new()
    {
        Metadata = new ContainerMetadata { Name = name, Attempt = 0 },
        Image = new ImageSpec { Image = image, UserSpecifiedImage = image },
        Command = { command },
        LogPath = $"{name}/0.log",
        Labels = { ["io.kubernetes.container.name"] = name },
        Annotations = { ["io.kubernetes.container.restartCount"] = "0" },
        Linux = new LinuxContainerConfig
        {
            Resources = new LinuxContainerResources { CpuShares = 100, CpuPeriod = 100000, OomScoreAdj = 1000, MemoryLimitInBytes = 256 << 20 },
            SecurityContext = new LinuxContainerSecurityContext
            {
                NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Container },
                MaskedPaths = { "/proc/kcore", "/proc/keys", "/sys/firmware" },
                ReadonlyPaths = { "/proc/bus", "/proc/sys" },
                Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
            },
        },
    };
}
