namespace Crid.Runtimes;

/// <summary>A mount that the CRI asks for, kept as sent because status has to echo it.</summary>
public sealed record MountSpec
{
    public required string ContainerPath { get; init; }

    public string HostPath { get; init; } = "";

    public bool ReadOnly { get; init; }

    public bool RecursiveReadOnly { get; init; }

    public bool SelinuxRelabel { get; init; }

    public MountPropagation Propagation { get; init; }

    public IReadOnlyList<IdMappingSpec> UidMappings { get; init; } = [];

    public IReadOnlyList<IdMappingSpec> GidMappings { get; init; } = [];

    /// <summary>An image whose files are mounted instead of a host path; empty for none.</summary>
    public string Image { get; init; } = "";

    /// <summary>That image as the pod's author wrote it.</summary>
    public string UserSpecifiedImage { get; init; } = "";

    /// <summary>The directory of the image that is mounted; empty for its root.</summary>
    public string ImageSubPath { get; init; } = "";

    /// <summary>Further options of the bind: noexec, nodev, nosuid.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
}
