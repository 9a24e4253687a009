using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>A rule of a profile file and when it counts.</summary>
internal sealed record SeccompFileRule
{
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The older form of one name.</summary>
    public string? Name { get; init; }

    public required string Action { get; init; }

    public uint? ErrnoRet { get; init; }

    /// <summary>The name of what <see cref="ErrnoRet"/> has as a number.</summary>
    public string? Errno { get; init; }

    public IReadOnlyList<OciSeccompArgument>? Args { get; init; }

    public SeccompCondition? Includes { get; init; }

    public SeccompCondition? Excludes { get; init; }

    public bool CountsFor(HostFacts host, IReadOnlyList<string> capabilities) =>
        Includes?.HoldsAll(host, capabilities) != false && Excludes?.HoldsAny(host, capabilities) != true;

    /// <exception cref="InvalidDataException">It names no system call, or an error without its number.</exception>
    public OciSeccompRule ToOci() => new()
    {
        Names = Names is { Count: > 0 }
            ? Names
            : [string.IsNullOrEmpty(Name) ? throw new InvalidDataException("a rule names no system call") : Name],
        Action = Action,
        ErrnoRet = ErrnoRet is null && !string.IsNullOrEmpty(Errno) ? throw new InvalidDataException($"errno '{Errno}' has no errnoRet") : ErrnoRet,
        Args = Args is { Count: > 0 } ? Args : null,
    };
}
