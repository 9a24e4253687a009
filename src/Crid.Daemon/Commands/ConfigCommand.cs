using System.CommandLine;
using Crid.Images;

namespace Crid.Daemon;

/// <summary><c>crid config default|check|dump|reference</c>.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Show and check the daemon's configuration") { Default(), Check(), Dump(), Reference() };

    private static Command Default()
    {
        Command command = new("default", "Print a configuration file that explains every key");
        command.SetAction(static result =>
        {
            result.InvocationConfiguration.Output.Write(ConfigurationWriter.WriteDefault());
            return 0;
        });
        return command;
    }

    private static Command Check()
    {
        Argument<string?> file = new("FILE")
        {
            Description = $"The file to check; by default {ConfigurationLoader.DefaultPath} with its drop-ins",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("check", "Tell what is wrong with a configuration") { file };
        command.SetAction((result, cancellation) => CheckAsync(result.InvocationConfiguration, result.GetValue(file) ?? ConfigurationLoader.DefaultPath, cancellation));
        return command;
    }

    private static async Task<int> CheckAsync(InvocationConfiguration console, string file, CancellationToken cancellationToken)
    {
        try
        {
            LoadedConfiguration configuration = ConfigurationLoader.Load(file);
            IReadOnlyList<string> problems = await SignaturePolicyCheck.FindProblemsAsync(configuration.Options.ToImagesOptions(), cancellationToken);
            if (problems.Count > 0)
            {
                await console.Error.WriteLineAsync(string.Join('\n', problems));
                return 1;
            }

            foreach (string path in configuration.Files)
            {
                await console.Output.WriteLineAsync($"{path}: ok");
            }

            if (configuration.Files.Count == 0)
            {
                await console.Output.WriteLineAsync($"{file} does not exist: defaults are in force");
            }

            return 0;
        }
        catch (ConfigurationException exception)
        {
            foreach (ConfigurationError error in exception.Errors)
            {
                await console.Error.WriteLineAsync(error.ToString());
            }

            return 1;
        }
    }

    private static Command Reference()
    {
        Option<string> format = new("--format") { Description = "For docs/CONFIGURATION.md or for man", HelpName = "markdown|man", DefaultValueFactory = static _ => "markdown" };
        format.AcceptOnlyFromAmong("markdown", "man");
        Command command = new("reference", "Print the reference of all keys") { format };
        command.SetAction(result =>
        {
            bool isManual = result.GetValue(format) == "man";
            result.InvocationConfiguration.Output.Write(isManual ? ConfigurationReference.WriteManual() : ConfigurationReference.WriteMarkdown());
            return 0;
        });
        return command;
    }

    private static Command Dump()
    {
        Option<string> configuration = ConfigurationOption.Create();
        Command command = new("dump", "Print the configuration in force, each value with its source") { configuration };
        command.SetAction(result =>
        {
            result.InvocationConfiguration.Output.Write(
                ConfigurationWriter.WriteEffective(ConfigurationLoader.Load(result.GetValue(configuration)!)));
            return 0;
        });
        return command;
    }
}
