using System.CommandLine;
using Crid.Cli;
using Crid.Core;
using Crid.Daemon;
using Crid.Linux;

// Before anything can start a child or make the runtime install its own handler.
OwnProcess.RestoreChildSignal();

RootCommand root = new("crid runs Kubernetes pods: a CRI runtime and the commands to look after it.")
{
    ServeCommand.Create(),
    CheckCommand.Create(),
    ConfigCommand.Create(),
    DebugCommand.Create(),
};
CliCommands.AddTo(root);
try
{
    return await CliCommands.InvokeAsync(root, args);
}
catch (CridException exception)
{
    await Console.Error.WriteLineAsync($"crid: {exception.Message}");
    return 1;
}
