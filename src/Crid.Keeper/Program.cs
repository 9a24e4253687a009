using System.Runtime.InteropServices;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

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

        if (options.AskedFormat is int format)
        {
            return Handover.IsReadable(format) ? Success : Failed;
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
        OwnProcess.SetSubreaper(true);
        CridDirectories directories = new(CridDirectories.DefaultRoot, options.RunDirectory);
        // A program that replaces another in place has that one's environment, in which the numbers are of descriptors long closed.
        IReadOnlyList<(string Name, SafeFileHandle File)> stored = options.Handover is null ? ListenFiles.Take(Environment.GetEnvironmentVariable) : [];
        Directory.CreateDirectory(directories.Keeper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        MessageReader handover = new(options.Handover is int number ? Handover.Read(number) : []);
        using FileLock? single = options.Handover is null
            ? FileLock.TryAcquire($"{directories.Run}/keeper.lock")
            : new FileLock(Handover.TakeFile(ref handover) ?? throw new InvalidDataException("the lock is missing"));
        if (single is null)
        {
            KeeperLog.AlreadyRunning(logger, directories.Run);
            return AlreadyRunning;
        }

        using ControlLoop loop = new(logger);
        SpoolDirectory spools = new($"{directories.Keeper}/spool", logger);
        using LogWorkers logs = new(loop, "log", minimumThreads: 2, spools.Create, logger);
        using LogWorkers jobs = new(loop, "job", minimumThreads: 1, spools.Create, logger);
        KeeperServices services = new(loop, logs, spools, jobs, TimeProvider.System, logger);
        using StateStore store = new(directories.Keeper);
        ProcessTable table = new(services, store);
        KeeperServer server = new(services, table, directories.KeeperSocket);
        DescriptorStore descriptors = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), loop, logger);
        table.Holding += descriptors.Add;
        table.Released += descriptors.Remove;
        Upgrade upgrade = new(options, services, table, server, single);
        server.ReloadRequested = upgrade.Request;
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, loop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, loop));
        using PosixSignalRegistration reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Reload(context, loop, upgrade));
        if (options.Handover is null)
        {
            table.TakeOver.FromFiles();
            table.TakeBack(descriptors.TakeBack(stored));
            server.Start();
        }
        else
        {
            table.TakeOver.FromHandover(ref handover);
            table.ForEachHeld(descriptors.Replace);
            server.TakeOver(ref handover);
        }

        table.StartReaping();
        ProgramReplacement.UnblockControlSignals();
        KeeperLog.Started(logger, directories.KeeperSocket, table.Count);
        loop.Run();

        // Containers go on: their state lies in files, and their output waits in the FIFOs for the next keeper.
        KeeperLog.Stopped(logger);
        return Success;
    }

    private static void Reload(PosixSignalContext context, ControlLoop loop, Upgrade upgrade)
    {
        context.Cancel = true;
        loop.Post(upgrade.Request);
    }

    private static void Stop(PosixSignalContext context, ControlLoop loop)
    {
        context.Cancel = true;
        loop.Stop();
    }
}
