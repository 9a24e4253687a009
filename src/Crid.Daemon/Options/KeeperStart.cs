namespace Crid.Daemon;

/// <summary>Who starts crid-keeper.</summary>
internal enum KeeperStart
{
    /// <summary>The daemon, where none answers.</summary>
    Auto,

    /// <summary>Somebody else, such as systemd; the daemon waits for it.</summary>
    Never,
}
