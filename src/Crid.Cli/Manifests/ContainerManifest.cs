namespace Crid.Cli;

/// <summary>A container of a pod.</summary>
internal sealed record ContainerManifest
{
    public required string Name { get; init; }

    public required string Image { get; init; }

    public PullPolicy PullPolicy { get; init; } = PullPolicy.Missing;

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Args { get; init; } = [];

    public string WorkingDirectory { get; init; } = "";

    public IReadOnlyList<EnvironmentManifest> Environment { get; init; } = [];

    public IReadOnlyList<PortManifest> Ports { get; init; } = [];

    public IReadOnlyList<VolumeMountManifest> Mounts { get; init; } = [];

    public ResourcesManifest Resources { get; init; } = new();

    public ContainerSecurityManifest Security { get; init; } = new();
}

/// <summary>When an image is fetched before it is used.</summary>
internal enum PullPolicy
{
    Missing,
    Always,
    Never,
}

/// <summary>A variable with a value, or with the path of a field of the pod whose value it takes.</summary>
internal sealed record EnvironmentManifest(string Name, string? Value, string? FieldPath = null);

/// <summary>A port of a container; a host port of 0 is none.</summary>
internal sealed record PortManifest(int ContainerPort, int HostPort, string Protocol, string HostIp);

/// <summary>Where a volume appears in a container.</summary>
internal sealed record VolumeMountManifest(string Volume, string Path, bool ReadOnly = false, string SubPath = "", string Propagation = "None");

/// <summary>CPU in thousandths of a core, memory in bytes; null: not given.</summary>
internal sealed record ResourcesManifest
{
    public long? CpuRequest { get; init; }

    public long? CpuLimit { get; init; }

    public long? MemoryRequest { get; init; }

    public long? MemoryLimit { get; init; }
}

/// <summary>The security context of a container; what is null comes from the pod's.</summary>
internal sealed record ContainerSecurityManifest
{
    public long? RunAsUser { get; init; }

    /// <summary>A name from the image's user database; only the command line gives one.</summary>
    public string? RunAsUsername { get; init; }

    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public bool Privileged { get; init; }

    public bool ReadOnlyRootFilesystem { get; init; }

    public bool AllowPrivilegeEscalation { get; init; } = true;

    public bool UnmaskedProc { get; init; }

    public IReadOnlyList<string> AddCapabilities { get; init; } = [];

    public IReadOnlyList<string> DropCapabilities { get; init; } = [];

    public SeccompManifest? Seccomp { get; init; }
}
