namespace Crid.Daemon;

/// <summary>Sets logging up.</summary>
internal static class DaemonLogging
{
    /// <param name="levels">Decides anew for every event.</param>
    public static ILoggerFactory Create(LogFormat format, LogLevelSwitch levels)
    {
        LineLoggerProvider provider = new(
            Console.OpenStandardError(), LogLineWriter.Create(format), TimeProvider.System, JournalStream.IsStandardError());
        return LoggerFactory.Create(logging => logging
            .AddProvider(provider)
            .SetMinimumLevel(LogLevel.Trace)
            .AddFilter(levels.IsEnabled));
    }
}
