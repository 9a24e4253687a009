using Crid.Core;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

public class SandboxMapperTests
{
    [Fact]
    public void ToSpec_FullRequest_KeepsEverything()
    {
        Api.RunPodSandboxRequest request = Samples.RunPodSandbox();
        request.RuntimeHandler = "crun";
        request.Config.Hostname = "web-0";
        request.Config.LogDirectory = "/var/log/pods/x";
        request.Config.DnsConfig = new Api.DNSConfig { Servers = { "10.0.0.10" }, Searches = { "cluster.local" }, Options = { "ndots:5" } };
        request.Config.PortMappings.Add(new Api.PortMapping { Protocol = Api.Protocol.Sctp, ContainerPort = 80, HostPort = 8080, HostIp = "::1" });
        request.Config.Labels.Add("app", "web");
        request.Config.Annotations.Add("note", "é\n");
        request.Config.Linux.CgroupParent = "/kubepods/pod1";
        request.Config.Linux.Sysctls.Add("kernel.shm_rmid_forced", "1");
        request.Config.Linux.Resources = new Api.LinuxContainerResources { CpuShares = 102 };

        SandboxSpec spec = SandboxMapper.ToSpec(request);

        Assert.Equal(new SandboxMetadata("web", "default", "u1", 2), spec.Metadata);
        Assert.Equal("crun", spec.RuntimeHandler);
        Assert.Equal("web-0", spec.Hostname);
        Assert.Equal("/var/log/pods/x", spec.LogDirectory);
        Assert.Equal(["10.0.0.10"], spec.Dns!.Servers);
        Assert.Equal(["cluster.local"], spec.Dns.Searches);
        Assert.Equal(["ndots:5"], spec.Dns.Options);
        Assert.Equal([new PortMappingSpec("sctp", 80, 8080, "::1")], spec.PortMappings);
        Assert.Equal("web", spec.Labels["app"]);
        Assert.Equal("é\n", spec.Annotations["note"]);
        Assert.Equal("/kubepods/pod1", spec.CgroupParent);
        Assert.Equal("1", spec.Sysctls["kernel.shm_rmid_forced"]);
        Assert.Equal(102, spec.Resources!.CpuShares);
        Assert.Null(spec.Overhead);
    }

    [Fact]
    public void ToSpec_NoLinuxPartAndNoDns_TakesDefaults()
    {
        Api.RunPodSandboxRequest request = Samples.RunPodSandbox();
        request.Config.Linux = null;

        SandboxSpec spec = SandboxMapper.ToSpec(request);

        Assert.Null(spec.Dns);
        Assert.Equal(new NamespacesSpec(), spec.Security.Namespaces);
        Assert.Empty(spec.Sysctls);
    }

    [Fact]
    public void ToSpec_EmptyDns_IsNotAbsent()
    {
        Api.RunPodSandboxRequest request = Samples.RunPodSandbox();
        request.Config.DnsConfig = new Api.DNSConfig();

        SandboxSpec spec = SandboxMapper.ToSpec(request);

        Assert.NotNull(spec.Dns);
        Assert.Empty(spec.Dns.Servers);
    }

    public static TheoryData<string, Action<Api.PodSandboxConfig>> BadConfigs => new()
    {
        { "config.metadata is missing", config => config.Metadata = null },
        { "config.metadata.name is empty", config => config.Metadata.Name = "" },
        { "config.metadata.namespace is empty", config => config.Metadata.Namespace = "" },
        { "config.metadata.uid is empty", config => config.Metadata.Uid = "" },
        { "config.hostname is longer", config => config.Hostname = new string('a', 65) },
        { "config.hostname contains a control", config => config.Hostname = "a\n10.0.0.1 b" },
        { "config.windows is for nodes", config => config.Windows = new Api.WindowsPodSandboxConfig() },
        { "config.dns_config.servers contains", config => config.DnsConfig = new Api.DNSConfig { Servers = { "10.0.0.1\nnameserver 10.0.0.2" } } },
        { "config.dns_config.searches contains", config => config.DnsConfig = new Api.DNSConfig { Searches = { "a\r" } } },
        { "config.dns_config.options contains", config => config.DnsConfig = new Api.DNSConfig { Options = { "ndots:5\noptions x" } } },
        { "config.log_directory 'logs' is not an absolute", config => config.LogDirectory = "logs" },
        { "config.port_mappings.host_port -1", config => config.PortMappings.Add(new Api.PortMapping { HostPort = -1 }) },
        { "config.port_mappings.container_port 65536", config => config.PortMappings.Add(new Api.PortMapping { ContainerPort = 65536 }) },
        { "config.port_mappings.host_ip 'x'", config => config.PortMappings.Add(new Api.PortMapping { HostIp = "x" }) },
        { "config.port_mappings.protocol 7", config => config.PortMappings.Add(new Api.PortMapping { Protocol = (Api.Protocol)7 }) },
        { "config.linux.resources.memory_limit_in_bytes -2", config => config.Linux.Resources = new Api.LinuxContainerResources { MemoryLimitInBytes = -2 } },
        { "config.linux.overhead.oom_score_adj 1001", config => config.Linux.Overhead = new Api.LinuxContainerResources { OomScoreAdj = 1001 } },
    };

    [Theory]
    [MemberData(nameof(BadConfigs), DisableDiscoveryEnumeration = true)]
    public void ToSpec_BadField_IsInvalidArgumentThatNamesIt(string message, Action<Api.PodSandboxConfig> spoil)
    {
        Api.RunPodSandboxRequest request = Samples.RunPodSandbox();
        spoil(request.Config);

        CridException error = Assert.Throws<CridException>(() => SandboxMapper.ToSpec(request));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToSpec_NoConfig_IsInvalidArgument()
    {
        CridException error = Assert.Throws<CridException>(() => SandboxMapper.ToSpec(new Api.RunPodSandboxRequest()));

        Assert.Equal("config is missing", error.Message);
    }

    [Fact]
    public void ToStatus_PodNetwork_EchoesWhatKubeletReads()
    {
        Sandbox sandbox = Samples.Sandbox(new SandboxSpec
        {
            Metadata = new SandboxMetadata("web", "default", "u1", 2),
            Labels = new Dictionary<string, string> { ["app"] = "web" },
            Annotations = new Dictionary<string, string> { ["note"] = "1" },
            RuntimeHandler = "crun",
            Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Container } },
        });

        Api.PodSandboxStatus status = SandboxMapper.ToStatus(sandbox);

        Assert.Equal(sandbox.Id.Value, status.Id);
        Assert.Equal(new Api.PodSandboxMetadata { Name = "web", Namespace = "default", Uid = "u1", Attempt = 2 }, status.Metadata);
        Assert.Equal(Api.PodSandboxState.SandboxReady, status.State);
        Assert.Equal(1_767_323_045_000_000_000, status.CreatedAt);
        Assert.Equal("10.1.0.2", status.Network.Ip);
        Assert.Equal("fd00::2", Assert.Single(status.Network.AdditionalIps).Ip);
        Assert.Equal(new Api.NamespaceOption { Pid = Api.NamespaceMode.Container }, status.Linux.Namespaces.Options);
        Assert.Equal("crun", status.RuntimeHandler);
        Assert.Equal("web", status.Labels["app"]);
        Assert.Equal("1", status.Annotations["note"]);
    }

    [Fact]
    public void ToStatus_NodeNetwork_HasNoAddress()
    {
        Sandbox sandbox = Samples.Sandbox(new SandboxSpec
        {
            Metadata = new SandboxMetadata("web", "default", "u1", 2),
            Security = new SecuritySpec { Namespaces = new NamespacesSpec { Network = NamespaceMode.Node } },
        });

        Api.PodSandboxStatus status = SandboxMapper.ToStatus(sandbox);

        Assert.Equal("", status.Network.Ip);
        Assert.Equal(Api.NamespaceMode.Node, status.Linux.Namespaces.Options.Network);
    }

    [Fact]
    public void ToFilter_EveryCondition_IsKept()
    {
        Api.PodSandboxFilter filter = new() { Id = "ab", State = new Api.PodSandboxStateValue { State = Api.PodSandboxState.SandboxNotready } };
        filter.LabelSelector.Add("app", "web");

        SandboxFilter mapped = SandboxMapper.ToFilter(filter);

        Assert.Equal("ab", mapped.Id);
        Assert.Equal(SandboxState.NotReady, mapped.State);
        Assert.Equal("web", mapped.Labels!["app"]);
    }
}
