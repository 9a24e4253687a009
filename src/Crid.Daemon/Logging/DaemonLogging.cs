namespace Crid.Daemon;

/// <summary>Sets logging up.</summary>
internal static class DaemonLogging
{
    public static ILoggerFactory Create(LogSection options)
    {
        LineLoggerProvider provider = new(
            Console.OpenStandardError(), LogLineWriter.Create(options.Format), TimeProvider.System, JournalStream.IsStandardError());
        return LoggerFactory.Create(logging => logging
            .AddProvider(provider)
            .SetMinimumLevel(options.Level)

            // The server's own account of each request would repeat what the services log.
            .AddFilter("Microsoft", Max(options.Level, LogLevel.Warning))
            .AddFilter("Grpc", Max(options.Level, LogLevel.Warning)));
    }

    private static LogLevel Max(LogLevel left, LogLevel right) => left > right ? left : right;
}
