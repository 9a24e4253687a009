namespace Crid.Daemon;

/// <summary>A table <c>[runtimes.handlers.NAME]</c>.</summary>
internal sealed record HandlerSection
{
    /// <summary>An absolute path, or a name that is searched for; empty for the name of the handler.</summary>
    public string Path { get; init; } = "";

    /// <summary>The state directory; empty for one of its own below crid's.</summary>
    public string Root { get; init; } = "";

    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Where the networks of its pods are; empty for those of the node.</summary>
    public string NetworkDirectory { get; init; } = "";

    /// <summary>How many of them a pod joins; 0 for all.</summary>
    public int Networks { get; init; } = 1;

    public bool PrivilegedWithoutHostDevices { get; init; }

    public bool AllDevicesAllowed { get; init; }

    public IReadOnlyList<string> AllowedAnnotations { get; init; } = [];

    /// <summary><c>KEY=VALUE</c>.</summary>
    public IReadOnlyList<string> DefaultAnnotations { get; init; } = [];
}
