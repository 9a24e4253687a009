using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Crid.Cli;

/// <summary>The usual help of a command, and after it examples that can be typed as they are.</summary>
internal sealed class ExamplesHelp(SynchronousCommandLineAction help, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    // --help wins over arguments that are missing.
    public override bool ClearsParseErrors => true;

    /// <summary>Puts the examples behind the help option of the root command, which serves all commands.</summary>
    public static void Install(RootCommand root, IReadOnlyDictionary<Command, string[]> examples)
    {
        HelpOption option = root.Options.OfType<HelpOption>().First();
        if (option.Action is SynchronousCommandLineAction help)
        {
            option.Action = new ExamplesHelp(help, examples);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out string[]? lines))
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string line in lines)
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        return result;
    }
}
