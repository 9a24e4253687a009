namespace Crid.Streaming;

/// <summary>Limits of streaming connections.</summary>
public sealed record StreamingOptions
{
    /// <summary>A connection on which nothing came or went for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a client may take to open the streams of a command, or the second stream of a forwarded connection.</summary>
    public TimeSpan StreamCreationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a finished connection waits for the client to close, so that its last bytes are not lost to a TCP reset.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A forwarded connection of which one direction has ended is closed when the other carries nothing for so long.</summary>
    public TimeSpan HalfClosedTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes that one connection may have received and not yet delivered, over all its streams.</summary>
    public int BufferedBytes { get; init; } = 1024 * 1024;

    /// <summary>Streams that a port-forward connection may have open at once; each forwarded connection has two.</summary>
    public int MaxForwardStreams { get; init; } = 4096;
}
