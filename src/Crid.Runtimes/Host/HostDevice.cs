namespace Crid.Runtimes;

/// <summary>A device node of the host.</summary>
internal sealed record HostDevice
{
    public required string Path { get; init; }

    /// <summary>False for a character device.</summary>
    public required bool IsBlock { get; init; }

    public required uint Major { get; init; }

    public required uint Minor { get; init; }

    /// <summary>Permission bits.</summary>
    public required uint Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }
}
