using Microsoft.Extensions.Logging;

namespace Crid.Daemon.Tests;

/// <summary>Log messages of these tests.</summary>
internal static partial class TestLog
{
    [LoggerMessage(1, LogLevel.Information, "first {Key}")]
    public static partial void First(ILogger logger, string key);

    [LoggerMessage(2, LogLevel.Error, "second")]
    public static partial void Second(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "careful")]
    public static partial void Careful(ILogger logger);
}
