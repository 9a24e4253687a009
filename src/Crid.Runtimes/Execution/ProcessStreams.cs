using System.Threading.Channels;
using Crid.Core;

namespace Crid.Runtimes;

/// <summary>
/// The client's side of a process's stdio; null for what the client does not want. Whoever serves them disposes the input as soon as nobody reads
/// it any more, and an output at its end, which tells the client.
/// </summary>
public sealed record ProcessStreams
{
    /// <summary>What the client sends; its end closes the process's input.</summary>
    public Stream? Stdin { get; init; }

    public Stream? Stdout { get; init; }

    public Stream? Stderr { get; init; }

    /// <summary>Sizes of the client's terminal, for processes that have one.</summary>
    public ChannelReader<TerminalSize>? Resizes { get; init; }
}
