namespace Crid.Runtimes;

/// <summary>The content of a pod's resolv.conf.</summary>
public sealed record DnsSpec(IReadOnlyList<string> Servers, IReadOnlyList<string> Searches, IReadOnlyList<string> Options);
