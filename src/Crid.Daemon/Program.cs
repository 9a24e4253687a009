using System.CommandLine;
using Crid.Core;
using Crid.Daemon;
using Crid.Linux;

// Before anything can start a child or make the runtime install its own handler.
OwnProcess.RestoreChildSignal();

RootCommand root = new("crid runs Kubernetes pods: a CRI runtime and the commands to look after it.")
{
    ConfigCommand.Create(),
};

InvocationConfiguration invocation = new()
{
    EnableDefaultExceptionHandler = false,

    // What the daemon may take to stop; it has timeouts of its own.
    ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
};

try
{
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (CridException exception)
{
    await Console.Error.WriteLineAsync($"crid: {exception.Message}");
    return 1;
}
