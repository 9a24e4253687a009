using Crid.Networking;

namespace Crid.Daemon;

/// <summary>The pod network: CNI, forwarding and packet filters.</summary>
internal static class NetworkChecks
{
    private static readonly string[] PacketFilters = ["iptables", "nft"];

    public static async Task<IReadOnlyList<HostCheck>> RunAsync(IHost host, NetworkOptions options, CancellationToken cancellationToken) =>
    [
        CheckPlugins(host, options),
        await CheckConfigurationAsync(host, options, cancellationToken),
        CheckSwitch(host, "IPv4 forwarding", "net.ipv4.ip_forward", "pods reach nothing outside the node", ""),
        CheckSwitch(host, "bridge filtering", "net.bridge.bridge-nf-call-iptables", "services of the cluster may not reach pods on a bridge of their own node", "modprobe br_netfilter; "),
        CheckPacketFilter(host),
    ];

    private static HostCheck CheckPlugins(IHost host, NetworkOptions options)
    {
        string[] found = [.. options.PluginDirectories.Where(directory => host.Exists($"{directory}/loopback") || host.Exists($"{directory}/bridge"))];
        return found.Length > 0
            ? HostCheck.Ok("CNI plugins", string.Join(", ", found))
            : HostCheck.Warning(
                "CNI plugins",
                $"the standard plugins are in none of {string.Join(", ", options.PluginDirectories)}",
                "install the package containernetworking-plugins, or what the cluster's network add-on brings");
    }

    private static async Task<HostCheck> CheckConfigurationAsync(IHost host, NetworkOptions options, CancellationToken cancellationToken)
    {
        NetworkStatus status = await host.GetNetworkStatusAsync(options, cancellationToken);
        return status.IsReady
            ? HostCheck.Ok("CNI configuration", $"usable, in {options.ConfigurationDirectory}")
            : HostCheck.Warning("CNI configuration", status.Message, "only pods on the host network run until there is one; network add-ons of a cluster install it");
    }

    private static HostCheck CheckSwitch(IHost host, string name, string sysctl, string consequence, string before)
    {
        string? value = host.ReadText($"/proc/sys/{sysctl.Replace('.', '/')}");
        return value == "1"
            ? HostCheck.Ok(name, $"{sysctl}=1")
            : HostCheck.Warning(name, value is null ? $"{sysctl} does not exist" : $"{sysctl}={value}", $"{consequence}: {before}sysctl -w {sysctl}=1");
    }

    private static HostCheck CheckPacketFilter(IHost host)
    {
        string[] found = [.. PacketFilters.Where(program => host.FindProgram(program) is not null)];
        return found.Length > 0
            ? HostCheck.Ok("packet filter", string.Join(", ", found))
            : HostCheck.Warning("packet filter", "neither iptables nor nft is installed", "host ports and masquerading need one: install the package iptables or nftables");
    }
}
