using System.CommandLine;

namespace Crid.Daemon;

/// <summary><c>crid serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        Option<string> configuration = ConfigurationOption.Create();
        Command command = new("serve", "Run the daemon: serve the CRI on the socket until SIGTERM") { configuration };
        command.SetAction(async (result, _) =>
        {
            using TerminationSignals signals = new();
            string path = result.GetValue(configuration)!;
            return await DaemonProcess.RunAsync(ConfigurationLoader.Load(path), path, signals);
        });
        return command;
    }
}
