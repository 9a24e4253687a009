using System.Net;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>Sandboxes between the CRI and crid's records.</summary>
internal static class SandboxMapper
{
    private const int MaxHostnameLength = 64;

    public static SandboxSpec ToSpec(Api.RunPodSandboxRequest request)
    {
        Api.PodSandboxConfig config = Require.Present(request.Config, "config");
        Require.Absent(config.Windows, "config.windows");
        return new SandboxSpec
        {
            Metadata = ToSpec(Require.Present(config.Metadata, "config.metadata")),
            Hostname = Hostname(config.Hostname),
            LogDirectory = Require.AbsoluteOrEmpty(config.LogDirectory, "config.log_directory"),
            Dns = config.DnsConfig is null ? null : ToSpec(config.DnsConfig),
            PortMappings = [.. config.PortMappings.Select(ToSpec)],
            Labels = new Dictionary<string, string>(config.Labels),
            Annotations = new Dictionary<string, string>(config.Annotations),
            CgroupParent = Require.NoNul(config.Linux?.CgroupParent ?? "", "config.linux.cgroup_parent"),
            Sysctls = config.Linux is null ? new Dictionary<string, string>() : new Dictionary<string, string>(config.Linux.Sysctls),
            Security = SecurityMapper.ToSpec(config.Linux?.SecurityContext, "config.linux.security_context"),
            Overhead = ResourcesMapper.ToSpec(config.Linux?.Overhead, "config.linux.overhead"),
            Resources = ResourcesMapper.ToSpec(config.Linux?.Resources, "config.linux.resources"),
            RuntimeHandler = request.RuntimeHandler,
        };
    }

    public static SandboxFilter ToFilter(Api.PodSandboxFilter? filter) => filter is null
        ? new SandboxFilter(Id: null, State: null, Labels: null)
        : new SandboxFilter(
            filter.Id,
            filter.State is null ? null : Require.Enum<Api.PodSandboxState, SandboxState>(filter.State.State, "filter.state"),
            new Dictionary<string, string>(filter.LabelSelector));

    public static Api.PodSandbox ToListItem(Sandbox sandbox)
    {
        Api.PodSandbox item = new()
        {
            Id = sandbox.Id.Value,
            Metadata = ToMessage(sandbox.Spec.Metadata),
            State = (Api.PodSandboxState)sandbox.Status.State,
            CreatedAt = Timestamps.ToNanoseconds(sandbox.Status.CreatedAt),
            RuntimeHandler = sandbox.Spec.RuntimeHandler,
        };
        item.Labels.AddAll(sandbox.Spec.Labels);
        item.Annotations.AddAll(sandbox.Spec.Annotations);
        return item;
    }

    public static Api.PodSandboxAttributes ToAttributes(Sandbox sandbox)
    {
        Api.PodSandboxAttributes attributes = new() { Id = sandbox.Id.Value, Metadata = ToMessage(sandbox.Spec.Metadata) };
        attributes.Labels.AddAll(sandbox.Spec.Labels);
        attributes.Annotations.AddAll(sandbox.Spec.Annotations);
        return attributes;
    }

    public static Api.PodSandboxStatus ToStatus(Sandbox sandbox)
    {
        Api.PodSandboxStatus status = new()
        {
            Id = sandbox.Id.Value,
            Metadata = ToMessage(sandbox.Spec.Metadata),
            State = (Api.PodSandboxState)sandbox.Status.State,
            CreatedAt = Timestamps.ToNanoseconds(sandbox.Status.CreatedAt),
            Network = ToNetwork(sandbox),
            Linux = new Api.LinuxPodSandboxStatus
            {
                Namespaces = new Api.Namespace { Options = NamespacesMapper.ToMessage(sandbox.Spec.Security.Namespaces) },
            },
            RuntimeHandler = sandbox.Spec.RuntimeHandler,
        };
        status.Labels.AddAll(sandbox.Spec.Labels);
        status.Annotations.AddAll(sandbox.Spec.Annotations);
        return status;
    }

    // kubelet reports the node's own addresses for pods on the node's network and expects none here.
    private static Api.PodSandboxNetworkStatus ToNetwork(Sandbox sandbox)
    {
        Api.PodSandboxNetworkStatus network = new();
        if (sandbox.Spec.Security.Namespaces.Network != NamespaceMode.Node && sandbox.Status.Addresses.Count > 0)
        {
            network.Ip = sandbox.Status.Addresses[0];
            network.AdditionalIps.Add(sandbox.Status.Addresses.Skip(1).Select(address => new Api.PodIP { Ip = address }));
        }

        return network;
    }

    private static SandboxMetadata ToSpec(Api.PodSandboxMetadata metadata) => new(
        Require.NotEmpty(metadata.Name, "config.metadata.name"),
        Require.NotEmpty(metadata.Namespace, "config.metadata.namespace"),
        Require.NotEmpty(metadata.Uid, "config.metadata.uid"),
        metadata.Attempt);

    private static Api.PodSandboxMetadata ToMessage(SandboxMetadata metadata) =>
        new() { Name = metadata.Name, Namespace = metadata.Namespace, Uid = metadata.Uid, Attempt = metadata.Attempt };

    private static string Hostname(string hostname) => hostname.Length <= MaxHostnameLength
        ? Require.OneLine(hostname, "config.hostname")
        : throw Require.Invalid("config.hostname", $"is longer than {MaxHostnameLength} characters");

    private static DnsSpec ToSpec(Api.DNSConfig dns) =>
        new(Lines(dns.Servers, "servers"), Lines(dns.Searches, "searches"), Lines(dns.Options, "options"));

    private static string[] Lines(IEnumerable<string> texts, string field) => [.. texts.Select(text => Require.OneLine(text, $"config.dns_config.{field}"))];

    private static PortMappingSpec ToSpec(Api.PortMapping mapping)
    {
        const string field = "config.port_mappings";
        string protocol = mapping.Protocol switch
        {
            Api.Protocol.Tcp => "tcp",
            Api.Protocol.Udp => "udp",
            Api.Protocol.Sctp => "sctp",
            _ => throw Require.Invalid(field + ".protocol", $"{mapping.Protocol} is not a known value"),
        };
        if (mapping.HostIp.Length > 0 && !IPAddress.TryParse(mapping.HostIp, out _))
        {
            throw Require.Invalid(field + ".host_ip", $"'{mapping.HostIp}' is not an IP address");
        }

        return new PortMappingSpec(
            protocol,
            (int)Require.Between(mapping.ContainerPort, 0, IPEndPoint.MaxPort, field + ".container_port"),
            (int)Require.Between(mapping.HostPort, 0, IPEndPoint.MaxPort, field + ".host_port"),
            mapping.HostIp);
    }
}
