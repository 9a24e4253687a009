namespace Crid.Runtimes;

/// <summary>A host device for a container; <paramref name="Permissions"/> is made of r, w and m.</summary>
public sealed record DeviceSpec(string ContainerPath, string HostPath, string Permissions);
