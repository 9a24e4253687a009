namespace Crid.Streaming;

/// <summary>Takes what arrives on the channels of a WebSocket. Called by the loop that reads, so no method may wait.</summary>
internal interface IChannelReceiver
{
    void Receive(int channel, ReadOnlySpan<byte> data);

    /// <summary>The client has half-closed a channel.</summary>
    void End(int channel);

    /// <summary>Nothing comes any more on any channel.</summary>
    void Lost(IOException reason);
}
