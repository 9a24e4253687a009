namespace Crid.Linux;

/// <summary>What a descriptor is ready for; end of stream and errors count as both.</summary>
[Flags]
public enum Readiness
{
    None = 0,
    Readable = 1,
    Writable = 2,

    /// <summary>The peer of a socket has ended its direction, although bytes of it may still be unread.</summary>
    HangUp = 4,
}
