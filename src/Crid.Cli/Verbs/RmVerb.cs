using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid rm</c>: removes containers or whole pods.</summary>
internal static class RmVerb
{
    public static readonly string[] Examples =
    [
        "crid rm demo                   # a stopped pod with its containers",
        "crid rm -f demo                # a running one, too",
        "crid rm demo/web               # one exited container",
    ];

    public static Command Create()
    {
        Argument<string[]> names = new("POD|CONTAINER") { Arity = ArgumentArity.OneOrMore, Description = "Names or ids" };
        Option<bool> force = new("--force", "-f") { Description = "Running ones as well: they are killed" };
        Command command = new("rm", "Remove pods and containers") { names, force };
        Verb.Attach(command, new CommonOptions { HasOutput = false }, (parsed, context, cancellation) =>
        {
            ObjectFinder finder = new(context.Daemon);
            return Verb.ForEachAsync(context, parsed.GetRequiredValue(names), async name =>
            {
                if (await finder.FindSandboxAsync(name, cancellation) is PodSandbox sandbox)
                {
                    await RemovePodAsync(context, sandbox, name, parsed.GetValue(force), cancellation);
                }
                else
                {
                    await RemoveContainerAsync(context.Daemon, finder, name, parsed.GetValue(force), cancellation);
                }
            });
        });
        return command;
    }

    private static async Task RemovePodAsync(VerbContext context, PodSandbox sandbox, string name, bool force, CancellationToken cancellation)
    {
        if (!force && sandbox.State == PodSandboxState.SandboxReady)
        {
            throw new CliException($"pod '{name}' is running: stop it first (crid stop {name}) or use -f");
        }

        if (force)
        {
            await new PodStopper(context.Daemon).StopPodAsync(sandbox.Id, TimeSpan.Zero, cancellation);
        }

        await context.Daemon.Runtime.RemovePodSandboxAsync(
            new RemovePodSandboxRequest { PodSandboxId = sandbox.Id }, context.Daemon.Within(cancellation));
        PodFiles.OfSandbox(sandbox, context.PodFiles)?.Delete();
    }

    private static async Task RemoveContainerAsync(DaemonConnection daemon, ObjectFinder finder, string name, bool force, CancellationToken cancellation)
    {
        Container container = await finder.FindContainerAsync(name, cancellation)
            ?? throw new CliException($"no pod or container '{name}' (crid pods and crid ps -a list them)");
        if (!force && container.State == ContainerState.ContainerRunning)
        {
            throw new CliException($"container '{name}' is running: stop it first (crid stop {name}) or use -f");
        }

        await daemon.Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = container.Id }, daemon.Within(cancellation));
    }
}
