namespace Crid.Oci;

/// <summary>A device node to make in a container.</summary>
public sealed record OciDevice
{
    public required string Path { get; init; }

    /// <summary><c>c</c> or <c>b</c>.</summary>
    public required string Type { get; init; }

    public required long Major { get; init; }

    public required long Minor { get; init; }

    public uint? FileMode { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }
}
