namespace Crid.Oci;

/// <summary>What happens to calls of the named system calls whose arguments meet every condition.</summary>
public sealed record OciSeccompRule
{
    public required IReadOnlyList<string> Names { get; init; }

    public required string Action { get; init; }

    public uint? ErrnoRet { get; init; }

    public IReadOnlyList<OciSeccompArgument>? Args { get; init; }
}
