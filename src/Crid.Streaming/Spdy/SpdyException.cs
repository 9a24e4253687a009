namespace Crid.Streaming;

/// <summary>The peer broke the protocol in a way that ends the connection.</summary>
internal sealed class SpdyException(string message) : Exception(message);
