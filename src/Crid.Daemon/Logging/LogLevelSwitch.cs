namespace Crid.Daemon;

/// <summary>The least severe level that is logged, which may change while the daemon runs.</summary>
internal sealed class LogLevelSwitch(LogLevel level)
{
    private volatile LogLevel _level = level;

    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>Whether an event is written. The server's own account of each request would repeat what the services log.</summary>
    public bool IsEnabled(string? category, LogLevel level) => level >= _level && (level >= LogLevel.Warning || !IsServer(category ?? ""));

    private static bool IsServer(string category) =>
        category.StartsWith("Microsoft", StringComparison.Ordinal) || category.StartsWith("Grpc", StringComparison.Ordinal);
}
