using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid log level</c>: what the daemon logs.</summary>
internal static class LogVerb
{
    public static readonly string[] Examples =
    [
        "crid log level                 # the present one",
        "crid log level debug           # until the next restart; journalctl -fu crid shows it",
    ];

    public static Command Create()
    {
        Argument<string?> wanted = new("LEVEL") { Arity = ArgumentArity.ZeroOrOne, Description = "trace, debug, info, warning or error" };
        Command level = new("level", "Show or set what the daemon logs, until it is restarted") { wanted };
        Verb.Attach(level, new CommonOptions { HasOutput = false }, async (parsed, context, cancellation) =>
        {
            if (parsed.GetValue(wanted) is string name)
            {
                SetLogLevelResponse response = await context.Daemon.Admin.SetLogLevelAsync(new SetLogLevelRequest { Level = name }, context.Daemon.Within(cancellation));
                await context.Output.WriteLineAsync(SafeText.Of($"{name} (it was {response.Previous})"));
            }
            else
            {
                GetDaemonResponse daemon = await context.Daemon.Admin.GetDaemonAsync(new GetDaemonRequest(), context.Daemon.Within(cancellation));
                await context.Output.WriteLineAsync(SafeText.Of(daemon.LogLevel));
            }

            return ExitCodes.Success;
        });
        return new Command("log", "The daemon's own log") { level };
    }
}
