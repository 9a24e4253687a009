using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid attach</c>: shows what a container writes from now on, and passes standard input on.</summary>
internal static class AttachVerb
{
    public static readonly string[] Examples =
    [
        "crid attach web                      # its output until it ends, or Ctrl-C; the container runs on",
        "crid attach -i demo/web              # with standard input, for a container that was made with one",
        "crid attach -it shell                # for a container with a terminal: Ctrl-C goes to it",
    ];

    public static Command Create()
    {
        Argument<string> name = new("CONTAINER") { Description = "Name, pod/name, or the beginning of the id" };
        StreamFlags flags = new();
        Command command = new("attach", "Connect to the streams of a container") { name, flags.Interactive, flags.Tty };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            (bool interactive, bool tty) = flags.Read(parsed, context.Terminal);
            Container container = await new ObjectFinder(context.Daemon).GetContainerAsync(parsed.GetRequiredValue(name), cancellation);
            AttachRequest request = new() { ContainerId = container.Id, Stdin = interactive, Stdout = true, Stderr = !tty, Tty = tty };
            AttachResponse response = await context.Daemon.Runtime.AttachAsync(request, context.Daemon.Within(cancellation));
            using ChannelClient channels = await ChannelClient.ConnectAsync(response.Url, cancellation);
            return await new CommandSession(channels, context.Terminal).RunAsync(interactive, tty, cancellation);
        });
        return command;
    }
}
