namespace Crid.Runtimes;

/// <summary>What a sandbox was asked to be, independent of the wire format; immutable and stored with the sandbox.</summary>
public sealed record SandboxSpec
{
    public required SandboxMetadata Metadata { get; init; }

    /// <summary>Empty for the node's own name (host network).</summary>
    public string Hostname { get; init; } = "";

    /// <summary>Absolute directory of the pod's container logs; empty where none are wanted.</summary>
    public string LogDirectory { get; init; } = "";

    /// <summary>Null: the node's resolv.conf; present and empty: an empty file.</summary>
    public DnsSpec? Dns { get; init; }

    public IReadOnlyList<PortMappingSpec> PortMappings { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Empty, a cgroupfs path, or a path that ends in a systemd slice.</summary>
    public string CgroupParent { get; init; } = "";

    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();

    public SecuritySpec Security { get; init; } = new();

    public ResourcesSpec? Overhead { get; init; }

    public ResourcesSpec? Resources { get; init; }

    /// <summary>Empty for the default handler.</summary>
    public string RuntimeHandler { get; init; } = "";
}
