using Crid.Api;

namespace Crid.Cli;

/// <summary>A pod as kubelet would ask for its sandbox.</summary>
internal static class SandboxRequests
{
    private const int LongestHostname = 63;
    private const string ResolverFile = "/etc/resolv.conf";

    public static PodSandboxConfig Of(PodManifest pod, PodFiles files)
    {
        PodSandboxConfig config = new()
        {
            Metadata = new PodSandboxMetadata { Name = pod.Name, Namespace = pod.Namespace, Uid = pod.Uid },
            Hostname = pod.HostNetwork ? "" : Hostname(pod),
            LogDirectory = files.LogDirectory,
            DnsConfig = Dns(pod, File.Exists(ResolverFile) ? File.ReadAllLines(ResolverFile) : []),
            Linux = new LinuxPodSandboxConfig
            {
                SecurityContext = new LinuxSandboxSecurityContext
                {
                    NamespaceOptions = Namespaces(pod),
                    Privileged = pod.InitContainers.Concat(pod.Containers).Any(container => container.Security.Privileged),
                    Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
                    RunAsUser = ToValue(pod.Security.RunAsUser),
                    RunAsGroup = pod.Security.RunAsUser is null ? null : ToValue(pod.Security.RunAsGroup),
                },
            },
        };
        config.Linux.SecurityContext.SupplementalGroups.Add(SupplementalGroups(pod));
        config.Linux.Sysctls.Add(new Dictionary<string, string>(pod.Security.Sysctls));
        config.Labels.Add(new Dictionary<string, string>(pod.Labels)
        {
            [ObjectFinder.PodNameLabel] = pod.Name,
            ["io.kubernetes.pod.namespace"] = pod.Namespace,
            ["io.kubernetes.pod.uid"] = pod.Uid,
            [PodFiles.CreatorLabel] = PodFiles.CreatorValue,
        });
        config.Annotations.Add(new Dictionary<string, string>(pod.Annotations));
        if (!pod.HostNetwork)
        {
            config.PortMappings.Add(pod.Containers.SelectMany(container => container.Ports).Select(ToMapping));
        }

        return config;
    }

    /// <summary>Sandbox and containers carry the same namespace options.</summary>
    public static NamespaceOption Namespaces(PodManifest pod) => new()
    {
        Network = pod.HostNetwork ? NamespaceMode.Node : NamespaceMode.Pod,
        Pid = pod.HostPid ? NamespaceMode.Node : pod.ShareProcessNamespace ? NamespaceMode.Pod : NamespaceMode.Container,
        Ipc = pod.HostIpc ? NamespaceMode.Node : NamespaceMode.Pod,
    };

    public static IEnumerable<long> SupplementalGroups(PodManifest pod) =>
        pod.Security.FsGroup is long group ? pod.Security.SupplementalGroups.Prepend(group) : pod.Security.SupplementalGroups;

    public static Int64Value? ToValue(long? number) => number is long value ? new Int64Value { Value = value } : null;

    /// <summary>null: the runtime gives the pod the resolver configuration of the machine. There is no cluster DNS here.</summary>
    internal static DNSConfig? Dns(PodManifest pod, IEnumerable<string> machineResolver)
    {
        if (pod.Dns is null)
        {
            return null;
        }

        DNSConfig config = new();
        if (pod.DnsPolicy != "None")
        {
            foreach (string[] words in machineResolver.Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1))
            {
                switch (words[0])
                {
                    case "nameserver":
                        config.Servers.Add(words[1]);
                        break;
                    case "search":
                        config.Searches.Clear();
                        config.Searches.Add(words[1..]);
                        break;
                    case "options":
                        config.Options.Add(words[1..]);
                        break;
                    default:
                        break;
                }
            }
        }

        config.Servers.Add(pod.Dns.Servers);
        config.Searches.Add(pod.Dns.Searches);
        config.Options.Add(pod.Dns.Options);
        return config;
    }

    private static string Hostname(PodManifest pod)
    {
        string name = pod.Hostname ?? pod.Name;
        return name.Length <= LongestHostname ? name : name[..LongestHostname].TrimEnd('-', '.');
    }

    private static PortMapping ToMapping(PortManifest port) => new()
    {
        ContainerPort = port.ContainerPort,
        HostPort = port.HostPort,
        HostIp = port.HostIp,
        Protocol = port.Protocol switch { "UDP" => Protocol.Udp, "SCTP" => Protocol.Sctp, _ => Protocol.Tcp },
    };
}
