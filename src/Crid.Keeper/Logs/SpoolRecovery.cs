using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Finds out what of a killed keeper's spool had happened.</summary>
internal static class SpoolRecovery
{
    /// <summary>Leaves in the spool what is not in the log. A line that was written in part is cut off there and is in the spool.</summary>
    internal static void Settle(Spool spool, OutputKind kind, string logPath, int maxLineBytes)
    {
        SpoolState state = spool.State;
        if (state.Mode == SpoolMode.Reading)
        {
            spool.EndRead(spool.HasArrived ? state.Next - state.End : 0);
        }
        else if (state.Mode == SpoolMode.Writing)
        {
            spool.EndWrite(CountLogged(spool, state, kind, logPath, Output.LimitLine(maxLineBytes)));
        }
    }

    /// <summary>How much of the content is in the log. Without its log nobody can tell, and twice is better than never.</summary>
    private static int CountLogged(Spool spool, SpoolState state, OutputKind kind, string logPath, int lineLimit)
    {
        (ulong inode, long length, int batchLength) = spool.LastWrite;
        using SafeFileHandle? log = length < 0 ? null : FindLog(logPath, inode);
        long written = log is null ? 0 : Descriptor.FindLength(log) - length;
        if (written >= batchLength)
        {
            return state.Next - state.Start;
        }

        if (log is null || written <= 0)
        {
            return 0;
        }

        // Formatted again the lines have the same lengths, so as many fit as there are whole ones in the log.
        LineFormatter formatter = new(kind);
        int whole = formatter.Format(spool.Content, new byte[written], lineLimit, out int consumed);
        return Descriptor.TryCutEnd(log, written - whole) ? consumed : 0;
    }

    /// <summary>The file of this number: at the log's path, or beside it if it was renamed for a rotation that did not get to its end.</summary>
    private static SafeFileHandle? FindLog(string logPath, ulong inode)
    {
        string? directory = Path.GetDirectoryName(logPath);
        string? path = directory is null || !Directory.Exists(directory)
            ? null
            : Directory.EnumerateFiles(directory).Prepend(logPath).FirstOrDefault(path => IsFile(FileMetadata.FindStatus(path), inode));
        if (path is null)
        {
            return null;
        }

        // It is cut: whoever may write into the directory must not put another file in its place meanwhile.
        SafeFileHandle file = Descriptor.OpenForWriting(path);
        if (IsFile(FileMetadata.GetStatus(file), inode))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    private static bool IsFile(FileStatus? status, ulong inode) => status is { Kind: FileKind.Regular } && status.Value.Inode == inode;
}
