using Crid.Core;

namespace Crid.Networking;

/// <summary>A sandbox to attach or detach. The same request serves both, so that DEL gets what ADD got.</summary>
public sealed record AttachmentRequest
{
    public required SandboxId SandboxId { get; init; }

    /// <summary>Path of the pinned network namespace; empty when it is gone (DEL only).</summary>
    public required string NetnsPath { get; init; }

    public required string PodName { get; init; }

    public required string PodNamespace { get; init; }

    public required string PodUid { get; init; }

    public IReadOnlyList<HostPort> HostPorts { get; init; } = [];

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> DnsServers { get; init; } = [];

    public IReadOnlyList<string> DnsSearches { get; init; } = [];

    public IReadOnlyList<string> DnsOptions { get; init; } = [];

    public string CgroupParent { get; init; } = "";

    /// <summary>The pod's runtime handler, which may have networks of its own.</summary>
    public string RuntimeHandler { get; init; } = "";
}
