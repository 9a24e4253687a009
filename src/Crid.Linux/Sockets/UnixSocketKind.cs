namespace Crid.Linux;

/// <summary>What a <see cref="UnixSocket"/> carries.</summary>
public enum UnixSocketKind
{
    /// <summary>Messages in order (SOCK_SEQPACKET).</summary>
    Packet,

    /// <summary>Bytes in order (SOCK_STREAM).</summary>
    Stream,

    /// <summary>Messages without a connection (SOCK_DGRAM); connected it only knows where to send.</summary>
    Datagram,
}
