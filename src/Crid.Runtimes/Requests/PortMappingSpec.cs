namespace Crid.Runtimes;

/// <summary>A host port of a pod; <paramref name="Protocol"/> is tcp, udp or sctp, and HostPort 0 means that none is wanted.</summary>
public sealed record PortMappingSpec(string Protocol, int ContainerPort, int HostPort, string HostIp);
