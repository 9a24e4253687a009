namespace Crid.Runtimes;

/// <summary>A network interface of the host that a CDI device brings into a container.</summary>
internal sealed record CdiNetworkDevice
{
    public required string HostInterfaceName { get; init; }

    /// <summary>Its name in the container.</summary>
    public required string Name { get; init; }
}
