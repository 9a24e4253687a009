using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid stop</c>: ends containers or whole pods in order.</summary>
internal static class StopVerb
{
    public static readonly string[] Examples =
    [
        "crid stop demo                 # a pod: its containers get their stop signal and 10 s, then the network is released",
        "crid stop demo/web             # one container",
        "crid stop -t 0 demo            # at once",
    ];

    public static Command Create()
    {
        Argument<string[]> names = new("POD|CONTAINER") { Arity = ArgumentArity.OneOrMore, Description = "Names or ids" };
        Option<TimeSpan?> grace = new("--time", "-t")
        {
            Description = "How long to wait between the stop signal and SIGKILL (10s)",
            HelpName = "duration",
            CustomParser = result => DurationText.ParseArgument(result),
        };
        Command command = new("stop", "Stop pods and containers") { names, grace };
        Verb.Attach(command, new CommonOptions { HasOutput = false }, (parsed, context, cancellation) =>
        {
            ObjectFinder finder = new(context.Daemon);
            PodStopper stopper = new(context.Daemon);
            TimeSpan wait = parsed.GetValue(grace) ?? PodStopper.DefaultGrace;
            return Verb.ForEachAsync(context, parsed.GetRequiredValue(names), async name =>
            {
                if (await finder.FindSandboxAsync(name, cancellation) is PodSandbox sandbox)
                {
                    await stopper.StopPodAsync(sandbox.Id, wait, cancellation);
                }
                else
                {
                    Container container = await finder.FindContainerAsync(name, cancellation)
                        ?? throw new CliException($"no pod or container '{name}' (crid pods and crid ps -a list them)");
                    await stopper.StopContainerAsync(container.Id, wait, cancellation);
                }
            });
        });
        return command;
    }
}
