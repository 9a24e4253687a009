namespace Crid.Streaming;

/// <summary>Why a stream is reset (SPDY draft 3, section 2.6.3); only what crid sends has a name.</summary>
internal enum SpdyStatus
{
    ProtocolError = 1,
    RefusedStream = 3,
    Cancel = 5,
    StreamAlreadyClosed = 9,
}
