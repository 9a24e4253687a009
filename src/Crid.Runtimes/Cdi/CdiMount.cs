using System.Diagnostics.CodeAnalysis;

namespace Crid.Runtimes;

/// <summary>A mount of a CDI device.</summary>
internal sealed record CdiMount
{
    public required string HostPath { get; init; }

    public required string ContainerPath { get; init; }

    [AllowNull]
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];

    /// <summary>Empty for a bind mount.</summary>
    [AllowNull]
    public string Type { get; init => field = value ?? ""; } = "";
}
