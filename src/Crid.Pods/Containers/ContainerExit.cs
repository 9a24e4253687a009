namespace Crid.Pods;

/// <summary>How a container's process ended, as its status shows it.</summary>
internal sealed record ContainerExit(int ExitCode, string Reason, string Message, DateTimeOffset FinishedAt)
{
    public const int UnknownCode = 255;

    /// <summary>An end whose code is known.</summary>
    public static ContainerExit Of(int exitCode, bool ranOutOfMemory, DateTimeOffset finishedAt)
    {
        string reason = ranOutOfMemory ? "OOMKilled" : exitCode == 0 ? "Completed" : "Error";
        return new ContainerExit(exitCode, reason, "", finishedAt);
    }

    /// <summary>An end that nobody saw.</summary>
    public static ContainerExit Unseen(DateTimeOffset noticedAt) =>
        new(UnknownCode, "Unknown", "the process ended while nothing watched it", noticedAt);
}
