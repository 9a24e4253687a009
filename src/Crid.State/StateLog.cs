using Microsoft.Extensions.Logging;

namespace Crid.State;

/// <summary>Log messages of Crid.State, event ids 1200-1299.</summary>
internal static partial class StateLog
{
    [LoggerMessage(1200, LogLevel.Warning, "the file system of the database is full: it gets space from its reserve '{Path}'")]
    public static partial void ReserveUsed(ILogger logger, string path);

    [LoggerMessage(1201, LogLevel.Information, "the reserve '{Path}' of the database has its {Bytes} bytes")]
    public static partial void ReserveMade(ILogger logger, string path, long bytes);

    [LoggerMessage(1202, LogLevel.Warning, "the reserve '{Path}' of the database can't be made")]
    public static partial void ReserveNotMade(ILogger logger, Exception exception, string path);
}
