using System.CommandLine;

namespace Crid.Cli;

/// <summary>The options <c>-i</c> and <c>-t</c> of verbs that connect to a process.</summary>
internal sealed class StreamFlags
{
    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Pass standard input on" };

    public Option<bool> Tty { get; } = new("--tty", "-t") { Description = "Give the process a terminal" };

    /// <exception cref="CliException">A terminal can't be passed on that is not there.</exception>
    public (bool Interactive, bool Tty) Read(ParseResult parsed, Terminal terminal)
    {
        bool interactive = parsed.GetValue(Interactive);
        bool tty = parsed.GetValue(Tty);
        return interactive && tty && !terminal.InputIsScreen
            ? throw CliException.Usage("-t with -i needs a terminal on standard input; leave out -t to pass on a file or a pipe")
            : (interactive, tty);
    }
}
