namespace Crid.Cli;

/// <summary>Ends a verb with a message for the person at the terminal and an exit code.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line or a file that it names is wrong; nothing was done.</summary>
    public static CliException Usage(string message) => new(message, ExitCodes.Usage);
}
