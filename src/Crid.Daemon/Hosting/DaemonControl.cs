using Crid.Api;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>What people may ask of the daemon itself, and change in it, while it runs.</summary>
internal sealed class DaemonControl(LoadedConfiguration configuration, LogLevelSwitch levels, ConfigurationReload reload, TimeProvider time, ILogger logger)
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public GetDaemonResponse Describe(int? keeperPid)
    {
        GetDaemonResponse response = new()
        {
            Version = DaemonProcess.Version,
            Pid = Environment.ProcessId,
            StartedAt = _startedAt.ToUnixTimeMilliseconds() * NanosecondsPerMillisecond,
            LogLevel = LogLevelName.Of(levels.Level),
            ResidentBytes = (ulong)Environment.WorkingSet,
            CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
            OpenFiles = (uint)Directory.GetFileSystemEntries("/proc/self/fd").Length,
            KeeperConnected = keeperPid is not null,
            KeeperPid = keeperPid ?? 0,
        };
        response.ConfigurationFiles.Add(configuration.Files);
        response.PendingRestart.Add(reload.Pending);
        return response;
    }

    /// <returns>The level before.</returns>
    /// <exception cref="CridException">InvalidArgument: there is no such level.</exception>
    public string SetLogLevel(string name)
    {
        LogLevel level = LogLevelName.Find(name)
            ?? throw CridException.InvalidArgument($"'{name}' is not a log level: {string.Join(", ", LogLevelName.All.Select(static entry => entry.Name))}");
        LogLevel previous = levels.Level;
        levels.Level = level;
        DaemonLog.LogLevelSet(logger, level, previous);
        return LogLevelName.Of(previous);
    }

    public ReloadResponse Reload()
    {
        ConfigurationChanges changes = reload.Reload();
        ReloadResponse response = new();
        response.Applied.Add(changes.Applied);
        response.NeedRestart.Add(changes.NeedRestart);
        return response;
    }
}
