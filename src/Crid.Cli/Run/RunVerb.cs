using System.CommandLine;

namespace Crid.Cli;

/// <summary><c>crid run</c>: runs an image as a pod with one container, or a Kubernetes Pod manifest.</summary>
internal static class RunVerb
{
    public static readonly string[] Examples =
    [
        "crid run busybox echo hello                    # pulls the image if needed, shows the output, removes the pod",
        "crid run -d --name web -p 8080:80 nginx        # in the background: crid logs web, crid rm -f web",
        "crid run -e MODE=test -v /srv/data:/data:ro -m 64Mi --cpus 0.5 busybox env",
        "crid run -f pod.yaml                           # an ordinary Kubernetes Pod manifest; - reads standard input",
    ];

    public static Command Create()
    {
        RunOptions options = new();
        Argument<string?> image = new("IMAGE") { Arity = ArgumentArity.ZeroOrOne, Description = "Image to run" };
        Argument<string[]> program = new("COMMAND") { Arity = ArgumentArity.ZeroOrMore, CaptureRemainingTokens = true, Description = "Arguments instead of the image's own" };
        Option<string?> file = new("--file", "-f") { Description = "Run this Pod manifest", HelpName = "pod.yaml" };
        Option<bool> detach = new("--detach", "-d") { Description = "Let it run in the background and show the pod's id" };
        Option<bool?> remove = new("--rm") { Description = "Remove the pod when it has ended (what the foreground does; --rm=false keeps it)", HelpName = "true|false" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No progress of pulls" };
        Option<bool> interactive = new("--interactive", "-i") { Description = "Not available yet" };
        Option<bool> terminal = new("--tty", "-t") { Description = "Not available yet" };
        Command command = new("run", "Run an image or a pod") { image, program, file, detach, remove, quiet, interactive, terminal };
        options.AddTo(command);
        Verb.Attach(command, new CommonOptions { HasOutput = false }, async (parsed, context, cancellation) =>
        {
            if (parsed.GetValue(interactive) || parsed.GetValue(terminal))
            {
                throw CliException.Usage("interactive run (-i, -t) is not available yet; without these options the program runs with no input");
            }

            bool isDetached = parsed.GetValue(detach);
            if (isDetached && parsed.GetValue(remove) == true)
            {
                throw CliException.Usage("--rm needs the foreground: nobody watches for the end of a detached pod (crid rm removes it)");
            }

            PodManifest pod = ReadPod(parsed, context, options, parsed.GetValue(file), parsed.GetValue(image), parsed.GetValue(program) ?? []);
            RunMode mode = new(isDetached, parsed.GetValue(remove) ?? !isDetached, parsed.GetValue(quiet));
            return await new PodRun(context, pod, mode).ExecuteAsync(cancellation);
        });
        return command;
    }

    private static PodManifest ReadPod(ParseResult parsed, VerbContext context, RunOptions options, string? file, string? image, string[] program)
    {
        if (file is null)
        {
            return image is null
                ? throw CliException.Usage("give an image, or a manifest with -f (crid run --help shows examples)")
                : options.ToPod(parsed, image, program);
        }

        if (image is not null || options.FirstGiven(parsed) is not null)
        {
            throw CliException.Usage($"{options.FirstGiven(parsed) ?? "an image"} does not go together with -f: the manifest says it all");
        }

        if (file != "-" && !File.Exists(file))
        {
            throw CliException.Usage($"there is no file '{file}'");
        }

        using TextReader text = file == "-" ? Console.In : new StreamReader(file);
        (PodManifest pod, IReadOnlyList<string> warnings) = PodManifestReader.Read(text, file == "-" ? "the manifest" : file);
        foreach (string warning in warnings)
        {
            context.Error.WriteLine($"crid: {file}, {warning}");
        }

        return pod;
    }
}
