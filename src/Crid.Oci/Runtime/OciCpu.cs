namespace Crid.Oci;

/// <summary>CPU limits; null leaves a value alone.</summary>
public sealed record OciCpu
{
    public ulong? Shares { get; init; }

    /// <summary>Microseconds of a period; negative for no limit.</summary>
    public long? Quota { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? Period { get; init; }

    public string? Cpus { get; init; }

    public string? Mems { get; init; }
}
