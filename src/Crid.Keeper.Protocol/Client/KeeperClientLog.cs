using Microsoft.Extensions.Logging;

namespace Crid.Keeper.Protocol;

/// <summary>Log messages of the keeper's client, event ids 4500-4599.</summary>
internal static partial class KeeperClientLog
{
    [LoggerMessage(4500, LogLevel.Information, "connected to the keeper at {SocketPath}")]
    public static partial void Connected(ILogger logger, string socketPath);

    [LoggerMessage(4501, LogLevel.Warning, "the connection to the keeper ended: {Reason}")]
    public static partial void Disconnected(ILogger logger, string reason);

    [LoggerMessage(4502, LogLevel.Debug, "the keeper can't be reached: {Reason}")]
    public static partial void ConnectFailed(ILogger logger, string reason);

    [LoggerMessage(4503, LogLevel.Error, "a listener failed on the exit of {Id}")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string id);
}
