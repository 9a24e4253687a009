using System.CommandLine;

namespace Crid.Daemon;

/// <summary>The option that names the configuration file.</summary>
internal static class ConfigurationOption
{
    public static Option<string> Create() => new("--config", "-c")
    {
        Description = "Configuration file; drop-ins are read from FILE.d/*.toml",
        HelpName = "FILE",
        DefaultValueFactory = static _ => ConfigurationLoader.DefaultPath,
    };
}
