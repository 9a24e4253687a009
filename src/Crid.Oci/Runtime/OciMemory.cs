namespace Crid.Oci;

/// <summary>Memory limits in bytes; -1 for no limit, null leaves a value alone.</summary>
public sealed record OciMemory
{
    public long? Limit { get; init; }

    /// <summary>Memory and swap together.</summary>
    public long? Swap { get; init; }
}
