using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid rmi</c>: removes images with all their names.</summary>
internal static class RmiVerb
{
    public static readonly string[] Examples =
    [
        "crid rmi busybox               # by name",
        "crid rmi 4f5a1c0e77b3d         # by id, or the beginning of one",
        "crid rmi --unused              # everything that no container uses",
    ];

    public static Command Create()
    {
        Argument<string[]> names = new("IMAGE") { Arity = ArgumentArity.ZeroOrMore, Description = "Names or ids" };
        Option<bool> unused = new("--unused") { Description = "Every image that is not pinned and that no container uses" };
        Command command = new("rmi", "Remove images") { names, unused };
        Verb.Attach(command, new CommonOptions { HasOutput = false }, async (parsed, context, cancellation) =>
        {
            string[] given = parsed.GetValue(names) ?? [];
            if (given.Length == 0 && !parsed.GetValue(unused))
            {
                throw CliException.Usage("give at least one image, or --unused");
            }

            bool complete = true;
            foreach (string name in given)
            {
                complete &= await RemoveAsync(context, name, cancellation);
            }

            if (parsed.GetValue(unused))
            {
                foreach (Image image in await FindUnusedAsync(context.Daemon, cancellation))
                {
                    complete &= await RemoveAsync(context, image.Id, cancellation);
                }
            }

            return complete ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static async Task<bool> RemoveAsync(VerbContext context, string name, CancellationToken cancellation)
    {
        Image? image = (await ImageFinder.FindAsync(context.Daemon, name, cancellation))?.Image;
        if (image is null)
        {
            await context.Error.WriteLineAsync($"crid: no image '{name}' (crid images lists all images)");
            return false;
        }

        RemoveImageRequest request = new() { Image = new ImageSpec { Image = image.Id } };
        await context.Daemon.Images.RemoveImageAsync(request, context.Daemon.Within(cancellation));
        string names = image.RepoTags.Count > 0 ? string.Join(", ", image.RepoTags) : image.Id;
        await context.Output.WriteLineAsync($"removed {SafeText.Of(names)}");
        return true;
    }

    private static async Task<List<Image>> FindUnusedAsync(DaemonConnection daemon, CancellationToken cancellation)
    {
        ListContainersResponse containers = await daemon.Runtime.ListContainersAsync(new ListContainersRequest(), daemon.Within(cancellation));
        HashSet<string> used = [.. containers.Containers.SelectMany(container => new[] { container.ImageId, container.ImageRef })];
        ListImagesResponse images = await daemon.Images.ListImagesAsync(new ListImagesRequest(), daemon.Within(cancellation));
        return [.. images.Images.Where(image => !image.Pinned && !used.Contains(image.Id) && !image.RepoDigests.Any(used.Contains))];
    }
}
