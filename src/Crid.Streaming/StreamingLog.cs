using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

internal static partial class StreamingLog
{
    [LoggerMessage(9000, LogLevel.Information, "A streaming client broke the protocol: {Reason}")]
    public static partial void ProtocolBroken(ILogger logger, string reason);

    [LoggerMessage(9001, LogLevel.Debug, "A streaming connection was lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string reason);

    [LoggerMessage(9002, LogLevel.Information, "A streaming connection is closed after being idle")]
    public static partial void Idle(ILogger logger);

    [LoggerMessage(9003, LogLevel.Information, "A streaming client did not open all streams of its command in time")]
    public static partial void StreamsMissing(ILogger logger);

    [LoggerMessage(9004, LogLevel.Debug, "A stream that the command does not have is ignored: {StreamType}")]
    public static partial void StreamIgnored(ILogger logger, string streamType);

    [LoggerMessage(9005, LogLevel.Warning, "A streamed command failed")]
    public static partial void CommandFailed(ILogger logger, Exception exception);

    [LoggerMessage(9006, LogLevel.Information, "Forwarding port {Port} to {Target} failed: {Reason}")]
    public static partial void ForwardFailed(ILogger logger, int port, string target, string reason);

    [LoggerMessage(9007, LogLevel.Debug, "A connection forwarded to port {Port} of {Target} was cut: {Reason}")]
    public static partial void ForwardCut(ILogger logger, int port, string target, string reason);

    [LoggerMessage(9008, LogLevel.Information, "A streamed command was not run to its end: {Reason}")]
    public static partial void CommandRefused(ILogger logger, string reason);
}
