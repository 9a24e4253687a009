using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid exec</c>: runs a command in a running container and passes on its output and exit code.</summary>
internal static class ExecVerb
{
    public static readonly string[] Examples =
    [
        "crid exec web -- ls -l /             # by name or id; what follows -- is the command",
        "crid exec demo/web -- sh -c 'echo $HOSTNAME'",
        "crid exec --timeout 5s web -- /probe # ended after five seconds",
    ];

    private static readonly TimeSpan NoLimit = TimeSpan.FromDays(1);

    public static Command Create()
    {
        Argument<string> name = new("CONTAINER") { Description = "Name, pod/name, or the beginning of the id" };
        Argument<string[]> program = new("COMMAND") { Arity = ArgumentArity.OneOrMore, CaptureRemainingTokens = true, Description = "Program and arguments" };
        Option<TimeSpan?> timeout = new("--timeout")
        {
            Description = "End the command after this time: 5s, 2m, ...",
            HelpName = "duration",
            CustomParser = result => DurationText.ParseArgument(result),
        };
        Option<bool> interactive = new("--interactive", "-i") { Description = "Not available yet" };
        Option<bool> terminal = new("--tty", "-t") { Description = "Not available yet" };
        Command command = new("exec", "Run a command in a container") { name, program, timeout, interactive, terminal };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            if (parsed.GetValue(interactive) || parsed.GetValue(terminal))
            {
                throw CliException.Usage("interactive exec (-i, -t) is not available yet; without these options the command runs with no input");
            }

            Container container = await new ObjectFinder(context.Daemon).GetContainerAsync(parsed.GetRequiredValue(name), cancellation);
            TimeSpan? limit = parsed.GetValue(timeout);
            ExecSyncRequest request = new() { ContainerId = container.Id, Timeout = limit is TimeSpan value ? Math.Max(1, (long)Math.Ceiling(value.TotalSeconds)) : 0 };
            request.Cmd.Add(parsed.GetRequiredValue(program));
            ExecSyncResponse response = await context.Daemon.Runtime.ExecSyncAsync(request, context.Daemon.Within(cancellation, limit ?? NoLimit));
            await context.Terminal.OutputBytes.WriteAsync(response.Stdout.Memory, cancellation);
            await context.Terminal.ErrorBytes.WriteAsync(response.Stderr.Memory, cancellation);
            return response.ExitCode;
        });
        return command;
    }
}
