using System.CommandLine;
using Crid.Cli;

namespace Crid.Daemon;

/// <summary>The whole command line of crid.</summary>
internal static class CridCommands
{
    private const string Introduction = """
        crid runs Kubernetes pods: a CRI runtime and the commands to look after it.

        On a node: crid check, then crid serve (or systemctl start crid).
        By hand:   crid run IMAGE, crid run -f pod.yaml; crid pods, ps, logs, exec, stop, rm.
        Watching:  crid info, stats, top pods, events; crid log level debug.
        In need:   crid check, crid inspect NAME, crid debug bundle.

        crid COMMAND --help shows options and examples. Commands talk to unix:///run/crid/crid.sock unless --address or $CRID_ADDRESS names another
        socket. See crid(8) and crid-config.toml(5).
        """;

    public static RootCommand Create()
    {
        RootCommand root = new(Introduction)
        {
            ServeCommand.Create(),
            CheckCommand.Create(),
            ConfigCommand.Create(),
            DebugCommand.Create(),
        };
        CliCommands.AddTo(root);
        return root;
    }
}
