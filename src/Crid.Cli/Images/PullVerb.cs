using System.CommandLine;

namespace Crid.Cli;

/// <summary><c>crid pull</c>: fetches images and shows how far that is.</summary>
internal static class PullVerb
{
    public static readonly string[] Examples =
    [
        "crid pull busybox                              # docker.io/library/busybox:latest",
        "crid pull registry.k8s.io/e2e-test-images/nginx:1.14-2",
        "crid pull localhost:5000/app@sha256:...        # exactly this content",
        "crid pull --user me:secret registry.example.com/app",
    ];

    public static Command Create()
    {
        Argument<string[]> names = new("IMAGE") { Arity = ArgumentArity.OneOrMore, Description = "Names with a tag or a digest; :latest where neither is given" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Only ids, no progress" };
        Option<string?> user = new("--user", "-u") { Description = "Credentials for the registry", HelpName = "name:password" };
        Command command = new("pull", "Pull images from registries") { names, quiet, user };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            ImagePull pull = new(context, parsed.GetValue(quiet) ? PullDisplay.None : PullDisplay.Progress, PullCredentials.Parse(parsed.GetValue(user)));
            foreach (string name in parsed.GetRequiredValue(names))
            {
                string id = await pull.PullAsync(name, cancellation);
                await context.Output.WriteLineAsync(id);
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
