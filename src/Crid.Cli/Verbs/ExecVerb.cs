using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid exec</c>: runs a command in a running container, connected to this process's streams, and ends with its exit code.</summary>
internal static class ExecVerb
{
    public static readonly string[] Examples =
    [
        "crid exec -it web sh                 # a shell; by name or id",
        "crid exec web -- ls -l /             # what follows -- is the command",
        "crid exec -i demo/web tar -x < x.tar # standard input goes to the command",
        "crid exec --timeout 5s web -- /probe # ended after five seconds",
    ];

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
        StreamFlags flags = new();
        Command command = new("exec", "Run a command in a container") { name, program, timeout, flags.Interactive, flags.Tty };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            (bool interactive, bool tty) = flags.Read(parsed, context.Terminal);
            Container container = await new ObjectFinder(context.Daemon).GetContainerAsync(parsed.GetRequiredValue(name), cancellation);
            ExecRequest request = new() { ContainerId = container.Id, Stdin = interactive, Stdout = true, Stderr = !tty, Tty = tty };
            request.Cmd.Add(parsed.GetRequiredValue(program));
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (parsed.GetValue(timeout) is TimeSpan limit)
            {
                ending.CancelAfter(limit);
            }

            return await RunAsync(context, request, interactive, tty, ending.Token, cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        VerbContext context, ExecRequest request, bool interactive, bool tty, CancellationToken ending, CancellationToken cancellation)
    {
        ExecResponse response = await context.Daemon.Runtime.ExecAsync(request, context.Daemon.Within(cancellation));
        try
        {
            // The command ends with its connection.
            using ChannelClient channels = await ChannelClient.ConnectAsync(response.Url, ending);
            return await new CommandSession(channels, context.Terminal).RunAsync(interactive, tty, ending);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException($"command '{request.Cmd[0]}' did not end in time");
        }
    }
}
