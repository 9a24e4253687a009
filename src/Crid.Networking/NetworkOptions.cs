namespace Crid.Networking;

/// <summary>Where CNI configuration and plugins lie, and how long plugins may take.</summary>
public sealed record NetworkOptions
{
    public string ConfigurationDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>Searched in this order for a plugin's program.</summary>
    public IReadOnlyList<string> PluginDirectories { get; init; } = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

    /// <summary>Where what ADD used and returned is kept for DEL, in libcni's format.</summary>
    public string ResultsDirectory { get; init; } = "/var/lib/cni/results";

    /// <summary>For ADD of a whole chain.</summary>
    public TimeSpan AddTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For DEL of a whole chain.</summary>
    public TimeSpan DelTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the configuration directory is looked at.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    public IpPreference IpPreference { get; init; }
}
