using Crid.Core;

namespace Crid.Daemon;

/// <summary>The table <c>[directories]</c>.</summary>
internal sealed record DirectoriesSection
{
    public string Root { get; init; } = CridDirectories.DefaultRoot;

    public string Run { get; init; } = CridDirectories.DefaultRun;
}
