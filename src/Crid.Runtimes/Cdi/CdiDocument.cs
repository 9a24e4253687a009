using System.Diagnostics.CodeAnalysis;

namespace Crid.Runtimes;

/// <summary>A file of the Container Device Interface: the devices of one kind, and what each changes in a container's spec.</summary>
internal sealed record CdiDocument
{
    public required string CdiVersion { get; init; }

    /// <summary><c>vendor/class</c>.</summary>
    public required string Kind { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    [AllowNull]
    public IReadOnlyList<CdiDevice> Devices { get; init => field = value ?? []; } = [];

    /// <summary>What any device of the file changes, once in a container.</summary>
    public CdiEdits? ContainerEdits { get; init; }
}
