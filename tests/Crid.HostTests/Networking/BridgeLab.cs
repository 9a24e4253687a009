using Crid.Core;
using Crid.Linux;
using Crid.Networking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.HostTests;

/// <summary>A pod network of the distribution's bridge, host-local and portmap plugins, with a bridge and a subnet of the test's own.</summary>
internal sealed class BridgeLab : IDisposable
{
    private static int _counter;

    private readonly NamespaceLab _namespaces = new();
    private readonly EventLoop _loop = new();
    private readonly int _number = Interlocked.Increment(ref _counter);

    /// <param name="masquerade">Whether the bridge plugin adds a masquerading rule for each pod.</param>
    public BridgeLab(bool masquerade = true)
    {
        HostRequirements.Require("/usr/lib/cni/bridge", "/usr/lib/cni/portmap", "/usr/lib/cni/host-local", "/usr/sbin/iptables-save", "/bin/busybox");
        Directory.CreateDirectory($"{_namespaces.Path}/net.d");
        File.WriteAllText($"{_namespaces.Path}/net.d/10-lab.conflist", $$"""
            {"cniVersion":"1.0.0","name":"{{Bridge}}","plugins":[
              {"type":"bridge","bridge":"{{Bridge}}","isGateway":true,"ipMasq":{{(masquerade ? "true" : "false")}},"hairpinMode":true,
               "ipam":{"type":"host-local","dataDir":"{{_namespaces.Path}}/ipam","ranges":[[{"subnet":"10.99.{{_number}}.0/24"}],[{"subnet":"fd99:{{_number}}::/64"}]]} },
              {"type":"portmap","capabilities":{"portMappings":true} }]}
            """);
        Network = new PodNetwork(
            new NetworkOptions
            {
                ConfigurationDirectory = $"{_namespaces.Path}/net.d",
                PluginDirectories = ["/usr/lib/cni"],
                ResultsDirectory = $"{_namespaces.Path}/results",
            },
            new ProgramRunner(_loop, TimeProvider.System),
            NullLogger<PodNetwork>.Instance,
            TimeProvider.System);
    }

    public PodNetwork Network { get; }

    public string Bridge => $"cridlab{_number}";

    public string Gateway => $"10.99.{_number}.1";

    public async Task<AttachmentRequest> PrepareAsync(params HostPort[] ports)
    {
        SandboxId id = SandboxId.New();
        return new AttachmentRequest
        {
            SandboxId = id,
            NetnsPath = await _namespaces.CreateNetworkAsync(id),
            PodName = "pod",
            PodNamespace = "default",
            PodUid = "uid",
            HostPorts = ports,
        };
    }

    public void RemoveNamespace(AttachmentRequest request) => _namespaces.Namespaces.Remove(request.SandboxId);

    /// <summary>What plugins and cache still hold of a sandbox.</summary>
    public async Task<List<string>> LeftoversAsync(AttachmentRequest request)
    {
        List<string> left = [];
        left.AddRange(FilesBelow($"{_namespaces.Path}/results"));
        left.AddRange(FilesBelow($"{_namespaces.Path}/ipam").Where(file => File.ReadAllText(file).Contains(request.SandboxId.Value, StringComparison.Ordinal)));
        foreach (string program in new[] { "iptables-save", "ip6tables-save" })
        {
            left.AddRange((await NatRulesAsync(program)).Where(rule => rule.Contains(request.SandboxId.Value, StringComparison.Ordinal)));
        }

        return left;
    }

    /// <param name="program">iptables-save or ip6tables-save.</param>
    public async Task<IReadOnlyList<string>> NatRulesAsync(string program) => (await LabProcess.RunAsync(program, "-t", "nat")).Split('\n');

    /// <summary>The devices on the bridge.</summary>
    public string[] Ports() =>
        Directory.Exists($"/proc/sys/net/ipv4/conf/{Bridge}") ? [.. BridgePorts()] : [];

    public void Dispose()
    {
        Network.Dispose();
        _loop.Dispose();
        _namespaces.Dispose();
    }

    private IEnumerable<string> BridgePorts() =>
        LabProcess.RunAsync("ip", "-o", "link", "show", "master", Bridge).GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> FilesBelow(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [];
}
