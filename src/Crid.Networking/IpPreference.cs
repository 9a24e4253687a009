namespace Crid.Networking;

/// <summary>Which of a pod's addresses becomes the primary one.</summary>
public enum IpPreference
{
    /// <summary>The first IPv4 address; the others keep their order.</summary>
    Ipv4,

    /// <summary>The first IPv6 address; the others keep their order.</summary>
    Ipv6,

    /// <summary>The order of the CNI result.</summary>
    Cni,
}
