namespace Crid.Networking;

/// <summary>Where CNI configuration and plugins lie, and how long plugins may take.</summary>
public sealed record NetworkOptions
{
    public string ConfigurationDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>How many networks of the directory a pod joins, in the order of their files, as eth0, eth1 and so on; 0 for all.</summary>
    public int Networks { get; init; } = 1;

    /// <summary>Runtime handlers whose pods join other networks, by the handler's name.</summary>
    public IReadOnlyDictionary<string, HandlerNetworks> Handlers { get; init; } = new Dictionary<string, HandlerNetworks>();

    /// <summary>A file from which a configuration is made when the node gets its pod CIDRs; empty for none.</summary>
    public string Template { get; init; } = "";

    /// <summary>Searched in this order for a plugin's program.</summary>
    public IReadOnlyList<string> PluginDirectories { get; init; } = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

    /// <summary>Where what ADD used and returned is kept for DEL, in libcni's format.</summary>
    public string ResultsDirectory { get; init; } = "/var/lib/cni/results";

    /// <summary>For ADD of a whole chain.</summary>
    public TimeSpan AddTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For DEL of a whole chain.</summary>
    public TimeSpan DelTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For CHECK of a whole chain, and for GC of one.</summary>
    public TimeSpan CheckTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the configuration directory is looked at.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    public IpPreference IpPreference { get; init; }
}
