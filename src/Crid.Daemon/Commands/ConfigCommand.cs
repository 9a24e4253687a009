using System.CommandLine;

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
        command.SetAction(result => Check(result.InvocationConfiguration, result.GetValue(file) ?? ConfigurationLoader.DefaultPath));
        return command;
    }

    private static int Check(InvocationConfiguration console, string file)
    {
        try
        {
            LoadedConfiguration configuration = ConfigurationLoader.Load(file);
            foreach (string path in configuration.Files)
            {
                console.Output.WriteLine($"{path}: ok");
            }

            if (configuration.Files.Count == 0)
            {
                console.Output.WriteLine($"{file} does not exist: defaults are in force");
            }

            return 0;
        }
        catch (ConfigurationException exception)
        {
            foreach (ConfigurationError error in exception.Errors)
            {
                console.Error.WriteLine(error);
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
