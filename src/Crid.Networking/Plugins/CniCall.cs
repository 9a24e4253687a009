using System.Text.Json.Nodes;

namespace Crid.Networking;

/// <summary>What all plugin calls of one ADD or DEL have in common.</summary>
internal sealed record CniCall
{
    public required string Command { get; init; }

    public required string ContainerId { get; init; }

    /// <summary>Empty on DEL of a namespace that is gone.</summary>
    public required string NetnsPath { get; init; }

    public required string InterfaceName { get; init; }

    /// <summary>The value of CNI_ARGS.</summary>
    public required string Arguments { get; init; }

    /// <summary>Everything that plugins with the capability may get.</summary>
    public required JsonObject CapabilityArguments { get; init; }

    /// <summary>GC only: the attachments that stay.</summary>
    public IReadOnlyList<CachedAttachment> ValidAttachments { get; init; } = [];

    /// <summary>A call that concerns no sandbox.</summary>
    public static CniCall WithoutSandbox(string command) =>
        new() { Command = command, ContainerId = "", NetnsPath = "", InterfaceName = "", Arguments = "", CapabilityArguments = [] };

    /// <summary>The environment that plugins see, and nothing else: no plugin may depend on how the daemon was started.</summary>
    public Dictionary<string, string> ToEnvironment(string pluginPath) => new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["CNI_COMMAND"] = Command,
        ["CNI_CONTAINERID"] = ContainerId,
        ["CNI_NETNS"] = NetnsPath,
        ["CNI_IFNAME"] = InterfaceName,
        ["CNI_ARGS"] = Arguments,
        ["CNI_PATH"] = pluginPath,
    };
}
