using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>Writes one line per message, with time and level as journald's readers expect them.</summary>
internal sealed class StandardErrorLogger(LogLevel minimum, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string level = logLevel switch
        {
            LogLevel.Critical => "crit",
            LogLevel.Error => "fail",
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            _ => "dbug",
        };
        string cause = exception is null ? "" : minimum <= LogLevel.Debug ? $": {exception}" : $": {exception.Message}";
        StandardError.WriteLine($"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} [{eventId.Id}] {formatter(state, exception)}{cause}");
    }
}
