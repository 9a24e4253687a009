using Microsoft.Extensions.Logging;

namespace Crid.Core;

/// <summary>Log messages of Crid.Core, event ids 1000-1099.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(1000, LogLevel.Error, "undo of {Step} failed; what is left is removed by a later stop, remove or restart")]
    public static partial void UndoFailed(ILogger logger, Exception exception, string step);
}
