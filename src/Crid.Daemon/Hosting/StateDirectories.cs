using Crid.Core;

namespace Crid.Daemon;

/// <summary>Makes the directories that the daemon owns, with their modes.</summary>
internal static class StateDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Traversable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Accepts directories that exist and corrects their modes.</summary>
    public static void Ensure(CridDirectories directories)
    {
        Ensure(directories.Root, OwnerOnly);
        Ensure(directories.Layers, OwnerOnly);
        Ensure(directories.Temporary, OwnerOnly);
        Ensure(directories.Snapshots, OwnerOnly);
        Ensure(directories.Run, Traversable);
        Ensure(directories.Keeper, OwnerOnly);
        // Passed through by the root of a user namespace on its way to its container's root file system; each directory in it is closed.
        Ensure(directories.Containers, Traversable);
        Ensure(directories.Sandboxes, OwnerOnly);
        Ensure(directories.Namespaces, Traversable);
        Ensure(directories.Runtimes, OwnerOnly);
    }

    private static void Ensure(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path, mode);
        File.SetUnixFileMode(path, mode);
    }
}
