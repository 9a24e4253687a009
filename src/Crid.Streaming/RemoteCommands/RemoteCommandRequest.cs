namespace Crid.Streaming;

/// <summary>Which streams an exec or attach was asked for. With a terminal there is no stderr.</summary>
public sealed record RemoteCommandRequest(bool Stdin, bool Stdout, bool Stderr, bool Tty)
{
    /// <summary>Whether the client gets a stream of its own for errors of the process.</summary>
    internal bool HasStderr => Stderr && !Tty;
}
