using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>Log messages of Crid.Networking, event ids 3000-3099.</summary>
internal static partial class NetworkingLog
{
    [LoggerMessage(3000, LogLevel.Information, "pod network '{Network}' loaded from {Path}: CNI {CniVersion}, plugins {Plugins}")]
    public static partial void NetworkLoaded(ILogger logger, string network, string path, string cniVersion, string plugins);

    [LoggerMessage(3001, LogLevel.Warning, "CNI configuration is not used: {Problem}")]
    public static partial void ConfigurationUnusable(ILogger logger, string problem);

    [LoggerMessage(3002, LogLevel.Warning, "pod network is not ready: {Problem}")]
    public static partial void NotReady(ILogger logger, string problem);

    [LoggerMessage(3003, LogLevel.Error, "looking at the CNI configuration failed; it is tried again")]
    public static partial void RefreshFailed(ILogger logger, Exception exception);

    [LoggerMessage(3004, LogLevel.Warning, "undo of a failed attachment of sandbox {SandboxId} failed; stopping the sandbox tries again")]
    public static partial void UndoFailed(ILogger logger, Exception exception, string sandboxId);

    [LoggerMessage(3005, LogLevel.Warning, "cached CNI result {Path} is not readable and is ignored: {Problem}")]
    public static partial void CacheUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(3006, LogLevel.Information, "node's pod CIDR is {PodCidr}")]
    public static partial void PodCidrSet(ILogger logger, string podCidr);

    [LoggerMessage(3007, LogLevel.Debug, "CNI {Command} of {Plugin} for sandbox {SandboxId} took {ElapsedMs} ms")]
    public static partial void PluginRan(ILogger logger, string command, string plugin, string sandboxId, double elapsedMs);

    [LoggerMessage(3008, LogLevel.Debug, "sandbox {SandboxId} has no cached attachment and no network is configured: nothing to detach")]
    public static partial void NothingToDetach(ILogger logger, string sandboxId);

    [LoggerMessage(3009, LogLevel.Information, "CNI template {Template} written to {Path}")]
    public static partial void TemplateApplied(ILogger logger, string template, string path);
}
