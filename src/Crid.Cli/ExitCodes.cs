namespace Crid.Cli;

/// <summary>Exit codes of the verbs; <c>run</c> and <c>exec</c> pass on those of the program in the container.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>As shells report a program that SIGINT ended.</summary>
    public const int Interrupted = 130;
}
