namespace Crid.Streaming;

/// <summary>
/// Runs the command behind a session and returns when it has ended, whether or not the client still holds stdin open. The token is cancelled
/// when the client has vanished. An exception is reported to the client as an internal error.
/// </summary>
public delegate Task<RemoteCommandOutcome> RemoteCommandHandler(RemoteCommandSession session, CancellationToken cancellationToken);
