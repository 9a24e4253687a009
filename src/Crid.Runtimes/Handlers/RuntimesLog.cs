using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>Log messages of Crid.Runtimes, event ids 5000-5099.</summary>
internal static partial class RuntimesLog
{
    [LoggerMessage(5000, LogLevel.Information, "the features of runtime handler {Handler} are not known: {Reason}")]
    public static partial void FeaturesUnknown(ILogger logger, string handler, string reason);

    [LoggerMessage(5001, LogLevel.Warning, "what a failed create left of container {ContainerId} could not be removed")]
    public static partial void CleanUpFailed(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(5002, LogLevel.Warning, "the keeper still knows process {ProcessId}, which is of no use any more")]
    public static partial void ForgetFailed(ILogger logger, Exception exception, string processId);

    [LoggerMessage(5003, LogLevel.Information, "a command in container {ContainerId} that was given up had not been started, or could not be ended")]
    public static partial void LateExecFailed(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(5004, LogLevel.Warning, "standard input of container {ContainerId} could not be closed after its client: {Reason}")]
    public static partial void StdinNotClosed(ILogger logger, string containerId, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "CDI file {Path} is not used: {Reason}")]
    public static partial void CdiFileUnusable(ILogger logger, string path, string reason);

    [LoggerMessage(5006, LogLevel.Warning, "containers that ask for no AppArmor profile run without one: {Reason}")]
    public static partial void AppArmorNotLoaded(ILogger logger, string reason);

    [LoggerMessage(5007, LogLevel.Warning, "runtime handler {Handler} is {Program} {Version}: {Problem}")]
    public static partial void RuntimeUnsafe(ILogger logger, string handler, string program, string version, string problem);
}
