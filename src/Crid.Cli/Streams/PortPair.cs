using System.Globalization;

namespace Crid.Cli;

/// <summary>A port of this machine, 0 for any free one, and the port of the pod that it leads to.</summary>
internal sealed record PortPair(int Local, int Remote)
{
    /// <summary>Reads <c>8080:80</c>, <c>:80</c> (any free port) or <c>80</c> (the same on both sides).</summary>
    /// <exception cref="CliException">It is none of these.</exception>
    public static PortPair Parse(string text)
    {
        string[] parts = text.Split(':');
        int? remote = Port(parts[^1], minimum: 1);
        int? local = parts switch
        {
            [_] => remote,
            ["", _] => 0,
            [string first, _] => Port(first, minimum: 0),
            _ => null,
        };
        return local is int from && remote is int to
            ? new PortPair(from, to)
            : throw CliException.Usage($"'{text}' names no ports: write LOCAL:REMOTE, :REMOTE or PORT");
    }

    private static int? Port(string text, int minimum) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port >= minimum && port <= ushort.MaxValue ? port : null;
}
