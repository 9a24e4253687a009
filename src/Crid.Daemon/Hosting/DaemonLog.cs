namespace Crid.Daemon;

/// <summary>Log messages of Crid.Daemon, event ids 8000-8099.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(8000, LogLevel.Information, "crid {Version} starts; configuration from {Files}")]
    public static partial void Starting(ILogger logger, string version, string files);

    [LoggerMessage(8001, LogLevel.Information, "serving the CRI on {Socket} after {ElapsedMs} ms")]
    public static partial void Serving(ILogger logger, string socket, long elapsedMs);

    [LoggerMessage(8002, LogLevel.Information, "stopping; pods and containers run on")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(8003, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(8004, LogLevel.Critical, "crid can't serve")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(8005, LogLevel.Information, "runtime handler {Handler} is not offered: {Program} is not installed")]
    public static partial void HandlerNotInstalled(ILogger logger, string handler, string program);

    [LoggerMessage(8007, LogLevel.Warning, "crid-keeper was gone and is started again; its containers run on")]
    public static partial void KeeperStarted(ILogger logger);

    [LoggerMessage(8008, LogLevel.Error, "crid-keeper is gone and can't be started")]
    public static partial void KeeperNotStarted(ILogger logger, Exception exception);

    [LoggerMessage(8009, LogLevel.Warning, "programs of an earlier crid still run after {Seconds} s; going on beside them")]
    public static partial void ProgramsLeftRunning(ILogger logger, double seconds);

    [LoggerMessage(8020, LogLevel.Information, "another crid-keeper is installed than the one that runs, which now replaces itself")]
    public static partial void KeeperReloaded(ILogger logger);

    [LoggerMessage(8021, LogLevel.Warning, "another crid-keeper is installed than the one that runs, which can't replace itself now")]
    public static partial void KeeperNotReloaded(ILogger logger, Exception exception);

    [LoggerMessage(8006, LogLevel.Information, "images of {Path} imported: {Images}")]
    public static partial void Imported(ILogger logger, string path, string images);

    [LoggerMessage(8009, LogLevel.Information, "streaming is served on {Address}")]
    public static partial void Streaming(ILogger logger, string address);

    [LoggerMessage(8010, LogLevel.Error, "a streaming connection failed")]
    public static partial void StreamingFailed(ILogger logger, Exception exception);

    [LoggerMessage(8011, LogLevel.Information, "a streaming client could not agree on TLS: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, string reason);

    [LoggerMessage(8012, LogLevel.Warning, "the files of the streaming server's certificate have changed, but can't be read; it stays what it was: {Reason}")]
    public static partial void CertificateNotRead(ILogger logger, string reason);

    [LoggerMessage(8020, LogLevel.Information, "serving metrics on {Address}")]
    public static partial void ServingMetrics(ILogger logger, string address);

    [LoggerMessage(8021, LogLevel.Warning, "traces can't be sent to {Endpoint}; they are dropped until they can")]
    public static partial void TracesNotSent(ILogger logger, Exception exception, string endpoint);

    [LoggerMessage(8022, LogLevel.Information, "the configuration has changed; applied: [{Applied}], after a restart: [{AfterRestart}]")]
    public static partial void Reloaded(ILogger logger, string applied, string afterRestart);

    [LoggerMessage(8023, LogLevel.Error, "the configuration is not reloaded; the one before stays in force")]
    public static partial void NotReloaded(ILogger logger, Exception exception);

    [LoggerMessage(8024, LogLevel.Warning, "the log level is {Level} now; it was {Previous}")]
    public static partial void LogLevelSet(ILogger logger, LogLevel level, LogLevel previous);
}
