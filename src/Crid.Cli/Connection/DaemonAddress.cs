using Crid.Core;

namespace Crid.Cli;

/// <summary>Where a CRI server listens: always a Unix socket, written as a path or as <c>unix:///path</c>.</summary>
internal sealed record DaemonAddress(string SocketPath)
{
    public const string EnvironmentVariable = "CRID_ADDRESS";
    public const string Default = "unix://" + CridDirectories.DefaultRun + "/crid.sock";
    private const string Scheme = "unix://";

    /// <exception cref="CliException">The text is neither an absolute path nor a unix URL of one.</exception>
    public static DaemonAddress Parse(string text)
    {
        string path = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text;
        return path.StartsWith('/')
            ? new DaemonAddress(path)
            : throw CliException.Usage($"'{text}' is not an address: write unix:///path/to/socket or /path/to/socket");
    }

    public override string ToString() => Scheme + SocketPath;
}
