namespace Crid.Daemon;

/// <summary>The table <c>[keeper]</c>.</summary>
internal sealed record KeeperSection
{
    public KeeperStart Start { get; init; } = KeeperStart.Auto;

    /// <summary>Empty: found beside the daemon; see <see cref="InstalledPrograms"/>.</summary>
    public string Path { get; init; } = "";

    /// <summary>Empty: found beside the daemon.</summary>
    public string PausePath { get; init; } = "";
}
