using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Log messages of Crid.Pods, event ids 6000-6999.</summary>
internal static partial class PodsLog
{
    [LoggerMessage(6000, LogLevel.Information, "sandbox {SandboxId} runs: {Namespace}/{Name}, addresses {Addresses}, {ElapsedMs} ms")]
    public static partial void SandboxRuns(ILogger logger, string sandboxId, string @namespace, string name, string addresses, double elapsedMs);

    [LoggerMessage(6001, LogLevel.Information, "sandbox {SandboxId} stopped")]
    public static partial void SandboxStopped(ILogger logger, string sandboxId);

    [LoggerMessage(6002, LogLevel.Information, "sandbox {SandboxId} removed")]
    public static partial void SandboxRemoved(ILogger logger, string sandboxId);

    [LoggerMessage(6003, LogLevel.Warning, "the infra process of sandbox {SandboxId} has ended: the sandbox is not ready any more")]
    public static partial void InfraProcessEnded(ILogger logger, string sandboxId);

    [LoggerMessage(6100, LogLevel.Information, "container {ContainerId} created in sandbox {SandboxId}: {Name}, {ElapsedMs} ms")]
    public static partial void ContainerCreated(ILogger logger, string containerId, string sandboxId, string name, double elapsedMs);

    [LoggerMessage(6101, LogLevel.Information, "container {ContainerId} started")]
    public static partial void ContainerStarted(ILogger logger, string containerId);

    [LoggerMessage(6102, LogLevel.Information, "container {ContainerId} exited with code {ExitCode}: {Reason}")]
    public static partial void ContainerExited(ILogger logger, string containerId, int exitCode, string reason);

    [LoggerMessage(6103, LogLevel.Information, "container {ContainerId} removed")]
    public static partial void ContainerRemoved(ILogger logger, string containerId);

    [LoggerMessage(6104, LogLevel.Information, "container {ContainerId} outlived its grace period and is killed")]
    public static partial void ContainerKilled(ILogger logger, string containerId);

    [LoggerMessage(6105, LogLevel.Error, "the exit of container {ContainerId} could not be stored; it is tried again")]
    public static partial void ExitNotStored(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6106, LogLevel.Warning, "the keeper did not report the exit of container {ContainerId}")]
    public static partial void ExitNotReported(ILogger logger, string containerId);

    [LoggerMessage(6107, LogLevel.Warning, "cleaning up after the failed start of container {ContainerId}")]
    public static partial void StartCleanupFailed(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6108, LogLevel.Warning, "the image of container {ContainerId} asks for the stop signal '{Signal}', which does not exist; SIGTERM is used")]
    public static partial void UnknownStopSignal(ILogger logger, string containerId, string signal);

    [LoggerMessage(6109, LogLevel.Warning, "killing what container {ContainerId} left in a shared PID namespace")]
    public static partial void LeftoversNotKilled(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6110, LogLevel.Warning, "asking the keeper for the exit of container {ContainerId}")]
    public static partial void KeeperNotAsked(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6111, LogLevel.Information, "container {ContainerId} had been started before the crash: the runtime refuses to do it again")]
    public static partial void StartHadHappened(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6112, LogLevel.Warning, "reading the memory events of container {ContainerId}")]
    public static partial void CgroupNotRead(ILogger logger, Exception exception, string containerId);

    [LoggerMessage(6113, LogLevel.Warning, "runtime handler '{Handler}' is not configured any more: container {ContainerId} is deleted without its runtime")]
    public static partial void HandlerGone(ILogger logger, string handler, string containerId);

    [LoggerMessage(6114, LogLevel.Information, "the exit of container {ContainerId} is stored at last")]
    public static partial void ExitStoredAtLast(ILogger logger, string containerId);

    [LoggerMessage(6200, LogLevel.Warning, "{Operation} failed after its caller had left")]
    public static partial void LateFailure(ILogger logger, Exception exception, string operation);

    [LoggerMessage(6201, LogLevel.Warning, "{Operation} still runs while the service closes; the next start repairs it")]
    public static partial void LeftRunning(ILogger logger, string operation);

    [LoggerMessage(6202, LogLevel.Error, "a background task failed")]
    public static partial void BackgroundFailed(ILogger logger, Exception exception);

    [LoggerMessage(6300, LogLevel.Information,
        "recovered {Sandboxes} sandboxes and {Containers} containers: {Running} containers alive, {Exited} ended meanwhile, {Broken} sandboxes without their namespaces, {Released} of another boot released, {Repaired} interrupted operations repaired, {Failures} failures; orphans removed: {Orphans}; served after {AdoptionMs:0.0} ms, done after {ElapsedMs:0.0} ms")]
    public static partial void Recovered(
        ILogger logger,
        int sandboxes,
        int containers,
        int running,
        int exited,
        int broken,
        int released,
        int repaired,
        int failures,
        string orphans,
        double adoptionMs,
        double elapsedMs);

    [LoggerMessage(6301, LogLevel.Error, "recovery: {Step}")]
    public static partial void RecoveryStepFailed(ILogger logger, Exception exception, string step);

    [LoggerMessage(6302, LogLevel.Debug, "recovery: {Step}")]
    public static partial void RecoveryStep(ILogger logger, string step);

    [LoggerMessage(6303, LogLevel.Warning, "the network of sandbox {SandboxId} is not as it was left: {Problem}")]
    public static partial void NetworkNotAsLeft(ILogger logger, string sandboxId, string problem);

    [LoggerMessage(6400, LogLevel.Warning, "the counters of {Id} can't be read")]
    public static partial void StatisticsNotRead(ILogger logger, Exception exception, string id);

    [LoggerMessage(6401, LogLevel.Warning, "the writable layer of {ContainerId} can't be measured")]
    public static partial void LayerNotMeasured(ILogger logger, Exception exception, string containerId);
}
