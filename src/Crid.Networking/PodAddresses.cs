namespace Crid.Networking;

/// <summary>The addresses of a pod's eth0, the primary one first, without prefix lengths, and the raw CNI result.</summary>
public sealed record PodAddresses(IReadOnlyList<string> Addresses, string ResultJson);
