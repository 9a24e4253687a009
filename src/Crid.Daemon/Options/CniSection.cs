using Crid.Networking;

namespace Crid.Daemon;

/// <summary>The table <c>[cni]</c>.</summary>
internal sealed record CniSection
{
    public string ConfigurationDirectory { get; init; } = "/etc/cni/net.d";

    public IReadOnlyList<string> PluginDirectories { get; init; } = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

    public string ResultsDirectory { get; init; } = "/var/lib/cni/results";

    public TimeSpan AddTimeout { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan DelTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public int Networks { get; init; } = 1;

    public string Template { get; init; } = "";

    public IpPreference IpPreference { get; init; }
}
