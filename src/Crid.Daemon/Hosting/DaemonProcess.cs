using System.Diagnostics;
using System.Reflection;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>The life of the daemon's process, from its options to its end.</summary>
internal static class DaemonProcess
{
    private const UnixFileMode Umask = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static string Version { get; } =
        typeof(DaemonProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Serves until a signal asks it to end.</summary>
    /// <param name="path">Where the configuration was loaded from; it is read again when it changes.</param>
    /// <returns>The exit status of the process.</returns>
    /// <exception cref="CridException">The host or the configuration does not let it start.</exception>
    public static async Task<int> RunAsync(LoadedConfiguration configuration, string path, TerminationSignals signals)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CridException(ErrorKind.PermissionDenied, "serve needs root");
        }

        OwnProcess.MakeUndumpable();
        OwnProcess.SetUmask(Umask);
        OwnProcess.RaiseOpenFilesLimit();

        CridOptions options = configuration.Options;
        ServiceManager serviceManager = ServiceManager.FromEnvironment();
        CridDirectories directories = new(options.Directories.Root, options.Directories.Run);
        StateDirectories.Ensure(directories);
        using InstanceLock instance = InstanceLock.Acquire(directories);
        LogLevelSwitch levels = new(options.Log.Level);
        using ILoggerFactory loggers = DaemonLogging.Create(options.Log.Format, levels);
        ILogger logger = loggers.CreateLogger("Crid.Daemon");
        using ConfigurationReload reload = new(path, options, levels, TimeProvider.System, logger);
        reload.Start();
        try
        {
            DaemonControl control = new(configuration, levels, reload, TimeProvider.System, logger);
            await ServeAsync(configuration, directories, control, serviceManager, loggers, signals);
            DaemonLog.Stopped(logger);
            return 0;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            DaemonLog.Stopped(logger);
            return 0;
        }
        catch (Exception exception)
        {
            DaemonLog.Failed(logger, exception);
            return 1;
        }
    }

    private static async Task ServeAsync(
        LoadedConfiguration configuration,
        CridDirectories directories,
        DaemonControl control,
        ServiceManager serviceManager,
        ILoggerFactory loggers,
        TerminationSignals signals)
    {
        ILogger logger = loggers.CreateLogger("Crid.Daemon");
        long started = Stopwatch.GetTimestamp();
        string files = configuration.Files.Count == 0 ? "defaults" : string.Join(", ", configuration.Files);
        DaemonLog.Starting(logger, Version, files);

        // The socket answers only when the state is known again: a call before that would be answered from an empty memory.
        serviceManager.Status("recovering");
        await using Observation observation = new(configuration.Options, TimeProvider.System, logger);
        await using Composition composition = await Composition.CreateAsync(configuration.Options, directories, control, loggers, signals.Token);
        await using WebApplication server = CridServer.Build(configuration.Options.Grpc, directories, composition, loggers);
        await server.StartAsync(signals.Token);
        CridServer.RestrictSocket(directories);
        await observation.ServeAsync(composition.Instruments, signals.Token);
        DaemonLog.Serving(logger, directories.Socket, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        serviceManager.Ready();
        using MemoryTrimmer trimmer = new(TimeProvider.System);

        await signals.WaitAsync();
        DaemonLog.Stopping(logger);
        serviceManager.Stopping();
        composition.EndStreams();
        await server.StopAsync(CancellationToken.None);
    }
}
