using System.CommandLine;
using System.CommandLine.Invocation;

namespace Crid.Cli;

/// <summary>The command-line verbs for people. Each is a client of a CRI socket; none knows how the daemon works inside.</summary>
public static class CliCommands
{
    /// <summary>Adds the verbs to the root command of the program and examples to its help.</summary>
    public static void AddTo(RootCommand root)
    {
        ArgumentNullException.ThrowIfNull(root);

        Dictionary<Command, string[]> examples = [];
        foreach ((Command command, string[] lines) in All())
        {
            root.Add(command);
            examples[command] = lines;
        }

        Command completion = CompletionVerb.Create(root);
        root.Add(completion);
        examples[completion] = CompletionVerb.Examples;
        ExamplesHelp.Install(root, examples);
    }

    /// <summary>
    /// Parses and runs a command line. A wrong command line ends with exit code 2. Commands handle SIGINT and SIGTERM themselves,
    /// because ending a container takes longer than the library's own handler waits.
    /// </summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(root);

        ParseResult parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        InvocationConfiguration invocation = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return parsed.Action is ParseErrorAction
            ? await ReportErrorsAsync(parsed, arguments[0], invocation.Error)
            : await parsed.InvokeAsync(invocation);
    }

    private static async Task<int> ReportErrorsAsync(ParseResult parsed, string first, TextWriter error)
    {
        Command command = parsed.CommandResult.Command;
        bool unknownCommand = command is RootCommand && !first.StartsWith('-');
        foreach (string problem in unknownCommand ? [$"there is no command '{first}'"] : parsed.Errors.Select(static problem => problem.Message))
        {
            await error.WriteLineAsync($"crid: {problem}");
        }

        string help = command is RootCommand ? "crid --help" : $"crid {command.Name} --help";
        await error.WriteLineAsync(first.StartsWith('-') ? $"Options come after the command; see {help}" : $"See {help}");
        return ExitCodes.Usage;
    }

    private static IEnumerable<(Command Command, string[] Examples)> All() =>
    [
        (RunVerb.Create(), RunVerb.Examples),
        (PodsVerb.Create(), PodsVerb.Examples),
        (PsVerb.Create(), PsVerb.Examples),
        (LogsVerb.Create(), LogsVerb.Examples),
        (ExecVerb.Create(), ExecVerb.Examples),
        (AttachVerb.Create(), AttachVerb.Examples),
        (PortForwardVerb.Create(), PortForwardVerb.Examples),
        (EventsVerb.Create(), EventsVerb.Examples),
        (StopVerb.Create(), StopVerb.Examples),
        (RmVerb.Create(), RmVerb.Examples),
        (InspectVerb.Create(), InspectVerb.Examples),
        (PullVerb.Create(), PullVerb.Examples),
        (ImagesVerb.Create(), ImagesVerb.Examples),
        (ImportVerb.Create(), ImportVerb.Examples),
        (RmiVerb.Create(), RmiVerb.Examples),
        (StatsVerb.Create(), StatsVerb.Examples),
        (TopVerb.Create(), TopVerb.Examples),
        (InfoVerb.Create(), InfoVerb.Examples),
        (LogVerb.Create(), LogVerb.Examples),
        (ReloadVerb.Create(), ReloadVerb.Examples),
        (VersionVerb.Create(), VersionVerb.Examples),
    ];
}
