namespace Crid.Cli;

/// <summary>What <c>crid run</c> runs: the part of a Kubernetes Pod that a node can do alone.</summary>
internal sealed record PodManifest
{
    public required string Name { get; init; }

    public string Namespace { get; init; } = "default";

    public string Uid { get; init; } = Guid.NewGuid().ToString();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Run in order, each to its end, before the containers.</summary>
    public IReadOnlyList<ContainerManifest> InitContainers { get; init; } = [];

    public required IReadOnlyList<ContainerManifest> Containers { get; init; }

    public IReadOnlyList<VolumeManifest> Volumes { get; init; } = [];

    public bool HostNetwork { get; init; }

    public bool HostPid { get; init; }

    public bool HostIpc { get; init; }

    public bool ShareProcessNamespace { get; init; }

    public string? Hostname { get; init; }

    public string DnsPolicy { get; init; } = "ClusterFirst";

    public DnsManifest? Dns { get; init; }

    public IReadOnlyList<HostAliasManifest> HostAliases { get; init; } = [];

    public PodSecurityManifest Security { get; init; } = new();

    public string RuntimeClass { get; init; } = "";

    public TimeSpan TerminationGrace { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Additions to the resolver configuration.</summary>
internal sealed record DnsManifest(IReadOnlyList<string> Servers, IReadOnlyList<string> Searches, IReadOnlyList<string> Options);

/// <summary>A line of /etc/hosts.</summary>
internal sealed record HostAliasManifest(string Ip, IReadOnlyList<string> Hostnames);

/// <summary>The security context of a pod: defaults for its containers.</summary>
internal sealed record PodSecurityManifest
{
    public long? RunAsUser { get; init; }

    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public long? FsGroup { get; init; }

    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];

    public SeccompManifest? Seccomp { get; init; }

    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
}

/// <summary>A seccomp profile: RuntimeDefault, Unconfined, or Localhost with the path of a file.</summary>
internal sealed record SeccompManifest(string Type, string? LocalhostProfile);
