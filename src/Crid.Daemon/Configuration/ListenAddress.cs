using System.Net;

namespace Crid.Daemon;

/// <summary>Where something listens: an IP address with a port, or the path of a Unix socket.</summary>
internal sealed record ListenAddress(IPEndPoint? EndPoint, string? SocketPath)
{
    private const string UnixScheme = "unix://";

    /// <summary>Null where the text is neither; a host name is not taken, because what it means may change.</summary>
    public static ListenAddress? TryParse(string text)
    {
        if (text.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            string path = text[UnixScheme.Length..];
            return path.StartsWith('/') && !path.Contains('\0') ? new ListenAddress(null, path) : null;
        }

        // Without a port IPEndPoint takes the text for one with port 0, and the last group of an IPv6 address for a port.
        bool hasPort = text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(static c => c == ':') == 1;
        return hasPort && IPEndPoint.TryParse(text, out IPEndPoint? endPoint) ? new ListenAddress(endPoint, null) : null;
    }

    public override string ToString() => EndPoint?.ToString() ?? $"{UnixScheme}{SocketPath}";
}
