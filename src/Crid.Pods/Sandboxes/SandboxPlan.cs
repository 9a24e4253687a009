using Crid.Core;
using Crid.Linux;
using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What a sandbox's spec comes to on this node: pure functions, so that an undo and a later start arrive at the same.</summary>
internal static class SandboxPlan
{
    public static SandboxEnvironment Environment(SandboxId id, SandboxSpec spec, CridDirectories directories, string nodeName)
    {
        NamespaceRequest namespaces = Namespaces(id, spec);
        string files = directories.Sandbox(id);
        string pins = directories.SandboxNamespaces(id);
        return new SandboxEnvironment
        {
            Id = id,
            NetworkNamespace = namespaces.Network ? $"{pins}/net" : null,
            IpcNamespace = namespaces.Ipc ? $"{pins}/ipc" : null,
            UtsNamespace = namespaces.Uts ? $"{pins}/uts" : null,
            UserNamespace = namespaces.User is not null ? $"{pins}/user" : null,
            ShmPath = namespaces.Ipc ? $"{files}/shm" : null,
            ResolvConfPath = $"{files}/resolv.conf",
            HostnamePath = $"{files}/hostname",
            HostsPath = $"{files}/hosts",
            Hostname = namespaces.Uts && spec.Hostname.Length > 0 ? spec.Hostname : nodeName,
        };
    }

    /// <summary>The namespaces of its own. On the host network a pod also has the node's name, so its UTS namespace is the host's.</summary>
    public static NamespaceRequest Namespaces(SandboxId id, SandboxSpec spec)
    {
        NamespacesSpec options = spec.Security.Namespaces;
        bool network = options.Network != NamespaceMode.Node;
        return new NamespaceRequest
        {
            Id = id,
            Network = network,
            Uts = network,
            Ipc = options.Ipc != NamespaceMode.Node,
            User = options.FindOwnUser() is UserNamespaceSpec user ? new IdMappings(Mappings(user.Uids), Mappings(user.Gids)) : null,
            Hostname = network ? spec.Hostname : "",
            Sysctls = spec.Sysctls,
        };
    }

    private static IdMapping[] Mappings(IReadOnlyList<IdMappingSpec> mappings) =>
        [.. mappings.Select(static mapping => new IdMapping(mapping.ContainerId, mapping.HostId, mapping.Length))];

    /// <param name="netnsPath">Empty where the namespace is gone.</param>
    public static AttachmentRequest Attachment(SandboxId id, SandboxSpec spec, string netnsPath) => new()
    {
        SandboxId = id,
        NetnsPath = netnsPath,
        PodName = spec.Metadata.Name,
        PodNamespace = spec.Metadata.Namespace,
        PodUid = spec.Metadata.Uid,
        HostPorts = [.. spec.PortMappings
            .Where(port => port.HostPort > 0)
            .Select(port => new HostPort(port.Protocol, port.ContainerPort, port.HostPort, port.HostIp))],
        Annotations = spec.Annotations,
        DnsServers = spec.Dns?.Servers ?? [],
        DnsSearches = spec.Dns?.Searches ?? [],
        DnsOptions = spec.Dns?.Options ?? [],
        CgroupParent = spec.CgroupParent,
        RuntimeHandler = spec.RuntimeHandler,
    };
}
