namespace Crid.Daemon;

/// <summary>The levels as configuration and commands name them.</summary>
internal static class LogLevelName
{
    public static IReadOnlyList<(string Name, LogLevel Level)> All { get; } =
    [
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error),
    ];

    public static string Of(LogLevel level) => All.First(entry => entry.Level == level).Name;

    /// <summary>Null where no level has the name.</summary>
    public static LogLevel? Find(string name)
    {
        foreach ((string known, LogLevel level) in All)
        {
            if (known == name)
            {
                return level;
            }
        }

        return null;
    }
}
