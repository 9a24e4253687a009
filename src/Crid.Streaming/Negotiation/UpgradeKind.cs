namespace Crid.Streaming;

/// <summary>What becomes of a request to upgrade a connection.</summary>
public enum UpgradeKind
{
    /// <summary>Answer with the status code and the message.</summary>
    Refused,

    /// <summary>Answer 101 with the headers, then hand the raw connection to the SPDY server.</summary>
    Spdy,

    /// <summary>Answer 101 with the headers, then speak WebSocket on the connection; its subprotocol may be empty.</summary>
    WebSocket,

    /// <summary>As <see cref="WebSocket"/>; its messages are SPDY bytes.</summary>
    SpdyTunnel,
}
