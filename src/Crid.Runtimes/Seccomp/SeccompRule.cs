using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>A rule of the default profile and when it counts: always, for one architecture, with a capability, or without it.</summary>
internal sealed record SeccompRule
{
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Null to allow the calls.</summary>
    public string? Action { get; init; }

    public uint? ErrnoRet { get; init; }

    public IReadOnlyList<OciSeccompArgument>? Args { get; init; }

    public CpuArchitecture? Architecture { get; init; }

    public string? Capability { get; init; }

    public string? WithoutCapability { get; init; }

    public bool CountsFor(CpuArchitecture architecture, IReadOnlyList<string> capabilities) =>
        (Architecture is null || Architecture == architecture)
        && (Capability is null || capabilities.Contains(Capability))
        && (WithoutCapability is null || !capabilities.Contains(WithoutCapability));

    public OciSeccompRule ToOci() => new() { Names = Names, Action = Action ?? "SCMP_ACT_ALLOW", ErrnoRet = ErrnoRet, Args = Args };
}
