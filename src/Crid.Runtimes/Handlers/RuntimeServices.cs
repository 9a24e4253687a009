using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>What driving OCI runtimes needs of the rest of the program.</summary>
public sealed record RuntimeServices
{
    public required CridDirectories Directories { get; init; }

    public required IKeeper Keeper { get; init; }

    public required IProgramRunner Programs { get; init; }

    public required EventLoop EventLoop { get; init; }

    public required HostFacts Host { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}
