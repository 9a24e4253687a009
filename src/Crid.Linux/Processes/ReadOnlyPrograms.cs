using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// Mounts of program files, read-only and visible to nobody else, through which crun is started. crun runs only where no container can
/// overwrite its file; called by its path it makes such a mount itself and starts anew, each time: half of an exec's processor time, a
/// file in /tmp, and two changes of the host's mount table that whoever watches that table has to read.
/// </summary>
internal static class ReadOnlyPrograms
{
    private const string Guarded = "crun";

    private static readonly ConcurrentDictionary<string, MountedProgram> Mounted = new();

    /// <summary>The mount of the file that is at a path now; null where the program is to be started by its path.</summary>
    internal static SafeFileHandle? Find(string path)
    {
        if (Path.GetFileName(path) != Guarded)
        {
            return null;
        }

        try
        {
            // Sharing everything means that no lock is placed on the file.
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            FileStatus status = FileMetadata.GetStatus(file);
            (ulong Inode, ulong Size, FileTime Modified) identity = (status.Inode, status.Size, status.Modified);
            if (!Mounted.TryGetValue(path, out MountedProgram? known) || known.Identity != identity)
            {
                // The mount of an older file goes when the last call that uses it has let it go.
                known = new MountedProgram(identity, IsBinary(file) ? DetachedMounts.CloneReadOnly(path) : null);
                Mounted[path] = known;
            }

            return known.Mount;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxException)
        {
            // By its path the program does the same for itself, or says better what is wrong.
            return null;
        }
    }

    /// <summary>The path by which a child process executes what a descriptor of this process refers to.</summary>
    internal static string PathOf(SafeFileHandle mount) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{mount.DangerousGetHandle()}");

    /// <summary>A script finds itself by its path.</summary>
    private static bool IsBinary(SafeFileHandle file)
    {
        Span<byte> magic = stackalloc byte[4];
        return RandomAccess.Read(file, magic, fileOffset: 0) == magic.Length && magic.SequenceEqual("\u007fELF"u8);
    }

    private sealed record MountedProgram((ulong Inode, ulong Size, FileTime Modified) Identity, SafeFileHandle? Mount);
}
