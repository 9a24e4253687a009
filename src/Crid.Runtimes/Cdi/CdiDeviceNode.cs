using System.Diagnostics.CodeAnalysis;

namespace Crid.Runtimes;

/// <summary>A device node of a CDI device. What is left out is that of the node on the host, unless type and major number are there.</summary>
internal sealed record CdiDeviceNode
{
    /// <summary>In the container.</summary>
    public required string Path { get; init; }

    /// <summary>Empty for <see cref="Path"/>.</summary>
    [AllowNull]
    public string HostPath { get; init => field = value ?? ""; } = "";

    /// <summary>b, c, u (the same as c), p, or empty.</summary>
    [AllowNull]
    public string Type { get; init => field = value ?? ""; } = "";

    public long? Major { get; init; }

    public long? Minor { get; init; }

    public uint? FileMode { get; init; }

    /// <summary>Made of r, w and m; empty for all.</summary>
    [AllowNull]
    public string Permissions { get; init => field = value ?? ""; } = "";

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }
}
