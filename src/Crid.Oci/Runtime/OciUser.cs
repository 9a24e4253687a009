namespace Crid.Oci;

/// <summary>The numeric ids of a process.</summary>
public sealed record OciUser
{
    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public IReadOnlyList<uint>? AdditionalGids { get; init; }
}
