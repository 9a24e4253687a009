using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>The program files of processes, by the paths that they were started with.</summary>
public static class OwnProgram
{
    /// <summary>
    /// The path that this process was started with, where the program's next version will lie; links in it are not resolved.
    /// </summary>
    public static string Path => FindPath("self") ?? Environment.ProcessPath ?? "/proc/self/exe";

    /// <summary>There is another program at the path that a process was started with than the one that it runs.</summary>
    public static bool IsReplaced(int pid)
    {
        try
        {
            return FindPath($"{pid}") is string path && Identify(path) != Identify($"/proc/{pid}/exe");
        }
        catch (Exception e) when (e is IOException or LinuxException)
        {
            // The process has gone.
            return false;
        }
    }

    private static (ulong Inode, ulong Size, FileTime Modified) Identify(string path)
    {
        // Sharing everything means that no lock is placed on the file.
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        FileStatus status = FileMetadata.GetStatus(file);
        return (status.Inode, status.Size, status.Modified);
    }

    private static string? FindPath(string process)
    {
        byte[] commandLine = File.ReadAllBytes($"/proc/{process}/cmdline");
        int end = Array.IndexOf(commandLine, (byte)0);
        string first = Encoding.UTF8.GetString(commandLine, 0, Math.Max(end, 0));
        return first.StartsWith('/') ? first : null;
    }
}
