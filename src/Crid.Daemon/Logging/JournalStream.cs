namespace Crid.Daemon;

/// <summary>Tells whether somebody who knows times and priorities, journald, reads standard error.</summary>
internal static class JournalStream
{
    /// <summary>systemd sets JOURNAL_STREAM to device and inode of the stream; a redirection after that changes the inode.</summary>
    public static bool IsStandardError()
    {
        string? stream = Environment.GetEnvironmentVariable("JOURNAL_STREAM");
        string? target = File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)?.Name;
        return stream is not null && target is not null && Names(stream, target);
    }

    /// <param name="stream">Of the form <c>device:inode</c>.</param>
    /// <param name="target">What the descriptor's link shows: <c>socket:[inode]</c> for a socket.</param>
    public static bool Names(string stream, string target)
    {
        int colon = stream.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && target == $"socket:[{stream[(colon + 1)..]}]";
    }
}
