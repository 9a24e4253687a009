namespace Crid.Cri;

/// <summary>The CRI's list of signals, which is alphabetical and has numbers of its own, as the names that people and image configs use.</summary>
internal static class Signals
{
    private const int FirstRealtime = (int)Api.Signal.Sigrtmin;
    private const int LastPlus = (int)Api.Signal.Sigrtminplus15;
    private const int Last = (int)Api.Signal.Sigrtmax;

    private static readonly string[] Names =
    [
        "", "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL",
        "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN",
        .. Enumerable.Range(1, LastPlus - FirstRealtime).Select(offset => $"SIGRTMIN+{offset}"),
        .. Enumerable.Range(1, Last - LastPlus - 1).Select(offset => $"SIGRTMAX-{Last - LastPlus - offset}"),
        "SIGRTMAX",
    ];

    /// <summary>The name, for example SIGTERM or SIGRTMIN+3; empty for the runtime's default.</summary>
    public static string ToName(Api.Signal signal, string field) =>
        signal is >= Api.Signal.RuntimeDefault and <= Api.Signal.Sigrtmax ? Names[(int)signal] : throw Require.Invalid(field, $"{signal} is not a known signal");

    /// <summary>The signal of a name, with or without SIG; RuntimeDefault where the CRI has none of that name.</summary>
    public static Api.Signal FromName(string name)
    {
        string upper = name.ToUpperInvariant();
        int index = Array.IndexOf(Names, upper.StartsWith("SIG", StringComparison.Ordinal) ? upper : "SIG" + upper);
        return index < 0 ? Api.Signal.RuntimeDefault : (Api.Signal)index;
    }
}
