namespace Crid.Streaming;

/// <summary>How a streamed command ended: with an exit code, or because it could not be run.</summary>
public sealed record RemoteCommandOutcome
{
    private RemoteCommandOutcome(int exitCode, string? error)
    {
        ExitCode = exitCode;
        Error = error;
    }

    /// <summary>The outcome of an attach that has ended, and of a command that exited with 0.</summary>
    public static RemoteCommandOutcome Success { get; } = new(0, null);

    public int ExitCode { get; }

    /// <summary>Why the command could not be run or watched, or null.</summary>
    public string? Error { get; }

    /// <summary>The command ran and ended. Clients read codes from 0 to 255; others are reported as 255.</summary>
    public static RemoteCommandOutcome Exited(int exitCode) => new(exitCode is >= 0 and <= 255 ? exitCode : 255, null);

    public static RemoteCommandOutcome Failed(string error) => new(0, error);
}
