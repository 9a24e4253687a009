using Crid.Runtimes;
using Crid.Streaming;

namespace Crid.Cri;

/// <summary>The streams of exec, attach and port-forward between the CRI and crid's records.</summary>
internal static class StreamsMapper
{
    /// <summary>A WebSocket names a channel with one byte, and a port has two.</summary>
    private const int MaxPorts = 128;

    public static RemoteCommandRequest ToStreams(bool stdin, bool stdout, bool stderr, bool tty)
    {
        if (tty && stderr)
        {
            throw Require.Invalid("stderr", "can't be had with tty: a terminal has one output");
        }

        return stdin || stdout || stderr
            ? new RemoteCommandRequest(stdin, stdout, stderr, tty)
            : throw Require.Invalid("stdin, stdout, stderr", "are all false: one of them must be true");
    }

    public static ProcessStreams ToProcess(RemoteCommandSession session) => new()
    {
        Stdin = session.Stdin,
        Stdout = session.Stdout,
        Stderr = session.Stderr,
        Resizes = session.Resizes,
    };

    public static IReadOnlyList<int> ToPorts(IReadOnlyList<int> ports)
    {
        Require.Between(ports.Count, 0, MaxPorts, "number of ports");
        return [.. ports.Select(static port => (int)Require.Between(port, 1, ushort.MaxValue, "port"))];
    }
}
