namespace Crid.Streaming;

/// <summary>Decides about the streams that a peer opens. Called by the loop that reads the connection, so neither method may wait.</summary>
internal interface ISpdyStreamHandler
{
    /// <summary>Whether a stream with these headers is replied to; otherwise it is reset.</summary>
    bool Accept(SpdyStreamHeaders headers);

    /// <summary>Takes a stream whose reply is on its way.</summary>
    void Opened(SpdyStream stream);
}
