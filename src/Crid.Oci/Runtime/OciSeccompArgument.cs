namespace Crid.Oci;

/// <summary>A condition on an argument of a system call; for SCMP_CMP_MASKED_EQ the value is the mask and the second one what remains.</summary>
public sealed record OciSeccompArgument
{
    public required uint Index { get; init; }

    public required ulong Value { get; init; }

    public ulong? ValueTwo { get; init; }

    public required string Op { get; init; }
}
