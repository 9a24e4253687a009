using System.CommandLine;
using System.Net;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid port-forward</c>: makes ports of a pod reachable on this machine.</summary>
internal static class PortForwardVerb
{
    public static readonly string[] Examples =
    [
        "crid port-forward web 8080:80        # http://127.0.0.1:8080 leads to port 80 of the pod",
        "crid port-forward web 5432 :80       # the same port; any free port",
    ];

    public static Command Create()
    {
        Argument<string> name = new("POD") { Description = "Name, namespace/name, or the beginning of the id" };
        Argument<string[]> ports = new("PORTS") { Arity = ArgumentArity.OneOrMore, Description = "LOCAL:REMOTE, :REMOTE or PORT" };
        Option<string> listen = new("--listen")
        {
            Description = "The address of this machine to listen on",
            HelpName = "address",
            DefaultValueFactory = static _ => "127.0.0.1",
        };
        Command command = new("port-forward", "Forward ports of this machine to a pod") { name, ports, listen };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            PortPair[] pairs = [.. parsed.GetRequiredValue(ports).Select(PortPair.Parse)];
            if (!IPAddress.TryParse(parsed.GetRequiredValue(listen), out IPAddress? address))
            {
                throw CliException.Usage($"'{parsed.GetValue(listen)}' is not an address to listen on");
            }

            PodSandbox sandbox = await new ObjectFinder(context.Daemon).GetSandboxAsync(parsed.GetRequiredValue(name), cancellation);
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task[] forwarding = [.. pairs.Select(pair => new PortForwarder(context, sandbox.Id, pair).RunAsync(address, ending.Token))];
            Task first = await Task.WhenAny(forwarding);
            await ending.CancelAsync();
            await Task.WhenAll(forwarding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await first;
            return ExitCodes.Success;
        });
        return command;
    }
}
