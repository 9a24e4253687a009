using Crid.Core;
using Crid.Images;
using Crid.Networking;

namespace Crid.Daemon;

/// <summary>What of the configuration the host is checked against.</summary>
internal sealed record HostCheckOptions
{
    public required CridDirectories Directories { get; init; }

    /// <summary>The socket of the CRI.</summary>
    public required string Socket { get; init; }

    /// <summary>Programs of OCI runtimes, paths or names, by handler.</summary>
    public required IReadOnlyDictionary<string, string> Runtimes { get; init; }

    public required NetworkOptions Network { get; init; }

    public ImagesOptions Images { get; init; } = new();
}
