namespace Crid.Streaming;

/// <summary>Where connections are forwarded to.</summary>
/// <param name="Description">Names the sandbox in errors that the client shows.</param>
/// <param name="ConnectAsync">Opens a connection to a port from 1 to 65535; the message of an exception is shown to the client.</param>
public sealed record PortForwardTarget(string Description, Func<int, CancellationToken, Task<IPortConnection>> ConnectAsync);
