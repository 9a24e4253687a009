namespace Crid.Oci;

/// <summary>A network interface of the host that is moved into a container, where it has this name.</summary>
public sealed record OciNetDevice(string Name);
