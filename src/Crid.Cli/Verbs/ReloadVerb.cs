using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid reload</c>: lets the daemon read its configuration again.</summary>
internal static class ReloadVerb
{
    public static readonly string[] Examples =
    [
        "crid config check && crid reload",
    ];

    public static Command Create()
    {
        Command command = new("reload", "Let the daemon read its configuration again, and tell what needs a restart");
        Verb.Attach(command, new CommonOptions { HasOutput = false }, async (_, context, cancellation) =>
        {
            ReloadResponse response = await context.Daemon.Admin.ReloadAsync(new ReloadRequest(), context.Daemon.Within(cancellation));
            foreach (string key in response.Applied)
            {
                await context.Output.WriteLineAsync(SafeText.Of($"applied        {key}"));
            }

            foreach (string key in response.NeedRestart)
            {
                await context.Output.WriteLineAsync(SafeText.Of($"needs restart  {key}"));
            }

            if (response.Applied.Count + response.NeedRestart.Count == 0)
            {
                await context.Output.WriteLineAsync("nothing has changed");
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
