using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>Log messages of crid-keeper, event ids 4000-4099.</summary>
internal static partial class KeeperLog
{
    [LoggerMessage(4000, LogLevel.Information, "keeping processes on {Socket}; {Count} taken over")]
    public static partial void Started(ILogger logger, string socket, int count);

    [LoggerMessage(4001, LogLevel.Information, "stopped; containers go on")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4002, LogLevel.Critical, "ended by a failure")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(4003, LogLevel.Error, "another keeper runs in {Directory}")]
    public static partial void AlreadyRunning(ILogger logger, string directory);

    [LoggerMessage(4010, LogLevel.Warning, "a client was refused: {Reason}")]
    public static partial void ClientRefused(ILogger logger, string reason);

    [LoggerMessage(4011, LogLevel.Debug, "a client connected")]
    public static partial void ClientConnected(ILogger logger);

    [LoggerMessage(4012, LogLevel.Debug, "a client left: {Reason}")]
    public static partial void ClientLeft(ILogger logger, string reason);

    [LoggerMessage(4020, LogLevel.Debug, "{Id}: pid {Pid} is kept")]
    public static partial void Adopted(ILogger logger, string id, int pid);

    [LoggerMessage(4021, LogLevel.Information, "{Id}: pid {Pid} ended with status {ExitStatus}")]
    public static partial void Exited(ILogger logger, string id, int pid, int exitStatus);

    [LoggerMessage(4022, LogLevel.Warning, "{Id}: the command was killed: {Reason}")]
    public static partial void CommandKilled(ILogger logger, string id, string reason);

    [LoggerMessage(4023, LogLevel.Debug, "{Id}: the command ended with status {ExitStatus}")]
    public static partial void CommandEnded(ILogger logger, string id, int exitStatus);

    [LoggerMessage(4024, LogLevel.Error, "{Id}: pid {Pid} and what descends from it, which nobody waits for, could not be killed")]
    public static partial void TreeNotKilled(ILogger logger, Exception exception, string id, int pid);

    [LoggerMessage(4030, LogLevel.Error, "{Path}: the log can't be written, output is lost")]
    public static partial void LogWriteFailed(ILogger logger, Exception exception, string path);

    [LoggerMessage(4033, LogLevel.Information, "{Path}: the log can be written again")]
    public static partial void LogWritable(ILogger logger, string path);

    [LoggerMessage(4031, LogLevel.Error, "{Id}: its output can't be read any more")]
    public static partial void OutputFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(4032, LogLevel.Warning, "{Id}: the log is still not written, its exit is reported without")]
    public static partial void DrainTimedOut(ILogger logger, string id);

    [LoggerMessage(4034, LogLevel.Warning, "{Path}: an incomplete line can't be stored; it is lost if this keeper is killed")]
    public static partial void RestNotStored(ILogger logger, Exception exception, string path);

    [LoggerMessage(4035, LogLevel.Warning, "{Path}: what is read can't be stored; a batch is lost if this keeper is killed")]
    public static partial void SpoolNotMade(ILogger logger, Exception exception, string path);

    [LoggerMessage(4036, LogLevel.Error, "{Path}: what a killed keeper had read can't be recovered")]
    public static partial void SpoolNotRecovered(ILogger logger, Exception exception, string path);

    [LoggerMessage(4037, LogLevel.Information, "{Id}: {Count} bytes of its output were read by a killed keeper and not logged")]
    public static partial void SpoolRecovered(ILogger logger, string id, int count);

    [LoggerMessage(4040, LogLevel.Error, "state file {Path} is left aside")]
    public static partial void StateUnreadable(ILogger logger, Exception exception, string path);

    [LoggerMessage(4041, LogLevel.Error, "{Id}: its state can't be written")]
    public static partial void StateNotWritten(ILogger logger, Exception exception, string id);

    [LoggerMessage(4042, LogLevel.Warning, "{Id}: its output can't be reopened")]
    public static partial void TakeOverOfOutputFailed(ILogger logger, Exception exception, string id);

    [LoggerMessage(4043, LogLevel.Information, "{Id}: its terminal came back")]
    public static partial void TerminalReturned(ILogger logger, string id);

    [LoggerMessage(4044, LogLevel.Warning, "the service manager keeps a descriptor less: {Reason}")]
    public static partial void NotStored(ILogger logger, Exception? exception, string reason);

    [LoggerMessage(4045, LogLevel.Warning, "{Id}: nobody holds its descriptors; some of its output and its exit status may be lost if this keeper is killed")]
    public static partial void NotHeld(ILogger logger, Exception exception, string id);

    [LoggerMessage(4050, LogLevel.Information, "replacing this program by {Program}; containers go on")]
    public static partial void Replacing(ILogger logger, string program);

    [LoggerMessage(4052, LogLevel.Error, "{Program} can't take over, this program goes on: {Reason}")]
    public static partial void ReplacementRefused(ILogger logger, string program, string reason);

    [LoggerMessage(4053, LogLevel.Warning, "replacing this program waits: {Reason}")]
    public static partial void ReplacementPutOff(ILogger logger, string reason);

    [LoggerMessage(4060, LogLevel.Error, "a part of the control thread failed, the rest goes on")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);
}
