using System.CommandLine;
using System.Text.Json.Nodes;
using Crid.Api;
using Google.Protobuf;

namespace Crid.Cli;

/// <summary><c>crid inspect</c>: everything that the server knows of a container, a pod or an image, as JSON.</summary>
internal static class InspectVerb
{
    public static readonly string[] Examples =
    [
        "crid inspect web                             # a container, a pod or an image, whichever has this name or id",
        "crid inspect --type image busybox",
        "crid inspect demo | jq -r .status.network.ip # the address of a pod",
    ];

    public static Command Create()
    {
        Argument<string[]> names = new("ID") { Arity = ArgumentArity.OneOrMore, Description = "Names or ids" };
        Option<string?> type = new("--type") { Description = "Only look for a container, pod or image", HelpName = "type" };
        type.AcceptOnlyFromAmong("container", "pod", "image");
        Command command = new("inspect", "Show everything about a container, pod or image") { names, type };
        Verb.Attach(command, new CommonOptions { HasOutput = false }, async (parsed, context, cancellation) =>
        {
            List<JsonNode> found = [];
            foreach (string name in parsed.GetRequiredValue(names))
            {
                IMessage message = await FindAsync(context.Daemon, name, parsed.GetValue(type), cancellation)
                    ?? throw new CliException($"no {parsed.GetValue(type) ?? "container, pod or image"} '{name}'");
                found.Add(JsonText.Of(message));
            }

            await context.Output.WriteLineAsync(JsonText.Write(found.Count == 1 ? found[0] : new JsonArray([.. found])));
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task<IMessage?> FindAsync(DaemonConnection daemon, string name, string? type, CancellationToken cancellation)
    {
        ObjectFinder finder = new(daemon);

        // A pod that has the name of its container is found as the pod first: 'crid inspect demo/web' tells them apart.
        if (type is null or "pod" && await finder.FindSandboxAsync(name, cancellation) is PodSandbox sandbox)
        {
            return await daemon.Runtime.PodSandboxStatusAsync(
                new PodSandboxStatusRequest { PodSandboxId = sandbox.Id, Verbose = true }, daemon.Within(cancellation));
        }

        if (type is null or "container" && await finder.FindContainerAsync(name, cancellation) is Container container)
        {
            return await daemon.Runtime.ContainerStatusAsync(
                new ContainerStatusRequest { ContainerId = container.Id, Verbose = true }, daemon.Within(cancellation));
        }

        return type is null or "image" ? await ImageFinder.FindAsync(daemon, name, cancellation) : null;
    }
}
