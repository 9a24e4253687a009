namespace Crid.Networking;

/// <summary>A port of the node that leads to a port of the pod; <paramref name="Protocol"/> is tcp, udp or sctp, HostPort is never 0.</summary>
public sealed record HostPort(string Protocol, int ContainerPort, int Port, string HostIp);
