namespace Crid.Oci;

/// <summary>A rule of the device cgroup; a later one wins. A null type or number stands for all.</summary>
public sealed record OciDeviceRule
{
    public required bool Allow { get; init; }

    public string? Type { get; init; }

    public long? Major { get; init; }

    public long? Minor { get; init; }

    public required string Access { get; init; }
}
