using System.Threading.Channels;
using Crid.Core;

namespace Crid.Streaming;

/// <summary>
/// The streams of an exec or attach, the same for every transport. They allow asynchronous calls only. Streams that were not asked for are null.
/// </summary>
public sealed class RemoteCommandSession
{
    internal RemoteCommandSession(Stream? stdin, Stream? stdout, Stream? stderr, ChannelReader<TerminalSize> resizes)
    {
        Stdin = stdin;
        Stdout = stdout;
        Stderr = stderr;
        Resizes = resizes;
    }

    /// <summary>
    /// The client's input: ends with 0 after its half-close, throws <see cref="IOException"/> when the client is lost. Dispose it as soon as nobody
    /// wants input any more, so that it can't hold up the rest of the connection.
    /// </summary>
    public Stream? Stdin { get; }

    /// <summary>Writes wait for a slow client; disposal tells it that the output has ended.</summary>
    public Stream? Stdout { get; }

    /// <inheritdoc cref="Stdout"/>
    public Stream? Stderr { get; }

    /// <summary>Sizes of the client's terminal as it changes; sizes that were not taken in time give way to newer ones.</summary>
    public ChannelReader<TerminalSize> Resizes { get; }
}
