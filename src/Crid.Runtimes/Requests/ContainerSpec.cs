namespace Crid.Runtimes;

/// <summary>What a container was asked to be, independent of the wire format; immutable and stored with the container.</summary>
public sealed record ContainerSpec
{
    public required ContainerMetadata Metadata { get; init; }

    /// <summary>The image as the request names it: an id or a reference.</summary>
    public required string Image { get; init; }

    /// <summary>The image as the pod's author wrote it; empty where the request does not say.</summary>
    public string UserSpecifiedImage { get; init; } = "";

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Args { get; init; } = [];

    public string WorkingDirectory { get; init; } = "";

    /// <summary>In the order of the request; a later variable of the same name wins.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];

    public IReadOnlyList<DeviceSpec> Devices { get; init; } = [];

    public IReadOnlyList<string> CdiDevices { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Relative to the sandbox's log directory; empty discards the output.</summary>
    public string LogPath { get; init; } = "";

    public bool Stdin { get; init; }

    public bool StdinOnce { get; init; }

    public bool Tty { get; init; }

    public ResourcesSpec? Resources { get; init; }

    public SecuritySpec Security { get; init; } = new();

    /// <summary>A name such as SIGTERM or SIGRTMIN+3; empty for the image's.</summary>
    public string StopSignal { get; init; } = "";
}
