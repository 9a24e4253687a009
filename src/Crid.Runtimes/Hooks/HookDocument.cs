using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>A file of a hooks directory: oci-hooks(5), version 1.0.0.</summary>
internal sealed record HookDocument
{
    public required string Version { get; init; }

    public required OciHook Hook { get; init; }

    public required HookConditions When { get; init; }

    public required IReadOnlyList<string> Stages { get; init; }
}
