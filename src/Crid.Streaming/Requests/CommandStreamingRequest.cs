namespace Crid.Streaming;

/// <summary>A connection to a command: exec or attach.</summary>
/// <param name="Command">The streams that were asked for.</param>
/// <param name="Handler">Runs it when the client is there.</param>
public sealed record CommandStreamingRequest(string Kind, RemoteCommandRequest Command, RemoteCommandHandler Handler) : StreamingRequest(Kind);
