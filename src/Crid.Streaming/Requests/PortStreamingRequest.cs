namespace Crid.Streaming;

/// <summary>A connection that forwards ports.</summary>
/// <param name="Ports">Those that were asked for; they matter to WebSocket clients alone, others name a port with each connection.</param>
public sealed record PortStreamingRequest(PortForwardTarget Target, IReadOnlyList<int> Ports) : StreamingRequest(PortForward);
