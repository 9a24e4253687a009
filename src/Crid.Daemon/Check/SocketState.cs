namespace Crid.Daemon;

/// <summary>What is at the path of a Unix socket.</summary>
internal enum SocketState
{
    Absent,

    /// <summary>A socket that nobody listens on.</summary>
    Stale,

    Listening,

    NotASocket,
}
