namespace Crid.Linux;

/// <summary>What was read from and written to one block device.</summary>
public sealed record DeviceUsage(uint Major, uint Minor)
{
    public ulong ReadBytes { get; init; }

    public ulong WrittenBytes { get; init; }

    public ulong Reads { get; init; }

    public ulong Writes { get; init; }
}
