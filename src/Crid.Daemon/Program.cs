using Crid.Cli;
using Crid.Core;
using Crid.Daemon;
using Crid.Linux;

// Before anything can start a child or make the runtime install its own handler.
OwnProcess.RestoreChildSignal();

try
{
    return await CliCommands.InvokeAsync(CridCommands.Create(), args);
}
catch (CridException exception)
{
    await Console.Error.WriteLineAsync($"crid: {exception.Message}");
    return 1;
}
