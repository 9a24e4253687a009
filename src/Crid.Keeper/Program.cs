using System.Runtime.InteropServices;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>crid-keeper: the parent of every container of this node.</summary>
internal static class Program
{
    private const int Success = 0;
    private const int Failed = 1;
    private const int BadUsage = 2;
    private const int AlreadyRunning = 3;

    private static int Main(string[] arguments)
    {
        KeeperOptions? options = KeeperOptions.Parse(arguments, out string? problem);
        if (options is null)
        {
            StandardError.WriteLine($"crid-keeper: {problem}\n{KeeperOptions.Usage}");
            return BadUsage;
        }

        StandardErrorLogger logger = new(options.LogLevel, TimeProvider.System);
        try
        {
            return Run(options, logger);
        }
        catch (Exception e)
        {
            KeeperLog.Failed(logger, e);
            return Failed;
        }
    }

    private static int Run(KeeperOptions options, ILogger logger)
    {
        OwnProcess.RestoreChildSignal();
        OwnProcess.MakeUndumpable();
        OwnProcess.SetUmask(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
        OwnProcess.BecomeSubreaper();
        CridDirectories directories = new(CridDirectories.DefaultRoot, options.RunDirectory);
        Directory.CreateDirectory(directories.Keeper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using FileLock? single = FileLock.TryAcquire($"{directories.Run}/keeper.lock");
        if (single is null)
        {
            KeeperLog.AlreadyRunning(logger, directories.Run);
            return AlreadyRunning;
        }

        using ControlLoop loop = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, loop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, loop));
        using LogWorkers workers = new(loop, logger);
        ProcessTable table = new(loop, workers, new StateStore(directories.Keeper), TimeProvider.System, logger);
        table.TakeOver();
        KeeperServer server = new(loop, table, directories.KeeperSocket, logger);
        server.Start();
        table.StartReaping();
        KeeperLog.Started(logger, directories.KeeperSocket, table.Count);
        loop.Run();

        // Containers go on: their state lies in files, and their output waits in the FIFOs for the next keeper.
        KeeperLog.Stopped(logger);
        return Success;
    }

    private static void Stop(PosixSignalContext context, ControlLoop loop)
    {
        context.Cancel = true;
        loop.Stop();
    }
}
