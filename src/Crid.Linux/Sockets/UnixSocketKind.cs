namespace Crid.Linux;

/// <summary>What a <see cref="UnixSocket"/> carries.</summary>
public enum UnixSocketKind
{
    /// <summary>Messages in order (SOCK_SEQPACKET).</summary>
    Packet,

    /// <summary>Bytes in order (SOCK_STREAM).</summary>
    Stream,
}
