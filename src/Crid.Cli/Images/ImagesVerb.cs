using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid images</c>: what is in the image store.</summary>
internal static class ImagesVerb
{
    public static readonly string[] Examples =
    [
        "crid images                            # every image, one line for each tag",
        "crid images --digests busybox          # one image with the digest that it was pulled at",
        "crid images -q | xargs crid rmi        # remove them all",
        "crid images import ./app.tar           # add the images of an OCI archive",
        "crid images export ./app.tar app:1     # write an image for another node",
        "crid images verify --repair            # compare the store with its digests, fetch again what is damaged",
    ];

    public static Command Create()
    {
        Argument<string?> name = new("IMAGE") { Arity = ArgumentArity.ZeroOrOne, Description = "Only this image" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Only ids" };
        Option<bool> fullIds = new("--no-trunc") { Description = "Full ids" };
        Option<bool> digests = new("--digests") { Description = "Show digests as well" };
        Command command = new("images", "List images") { name, quiet, fullIds, digests };
        command.Add(ImportVerb.Create());
        command.Add(ExportVerb.Create());
        command.Add(VerifyVerb.Create());
        Verb.Attach(command, new CommonOptions(), async (parsed, context, cancellation) =>
        {
            ListImagesRequest request = new();
            if (parsed.GetValue(name) is { Length: > 0 } only)
            {
                request.Filter = new ImageFilter { Image = new ImageSpec { Image = ImageNames.Normalise(only) } };
            }

            ListImagesResponse response = await context.Daemon.Images.ListImagesAsync(request, context.Daemon.Within(cancellation));
            if (context.Format == OutputFormat.Json)
            {
                await context.Output.WriteLineAsync(JsonText.Write(JsonText.OfAll(response.Images)));
            }
            else if (parsed.GetValue(quiet))
            {
                foreach (Image image in response.Images)
                {
                    await context.Output.WriteLineAsync(parsed.GetValue(fullIds) ? image.Id : HumanFormat.ShortId(image.Id));
                }
            }
            else
            {
                context.WriteTable(ToTable(response.Images, parsed.GetValue(digests), parsed.GetValue(fullIds)));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    internal static Table ToTable(IEnumerable<Image> images, bool digests, bool fullIds)
    {
        List<TableColumn> columns = [new("IMAGE", MinimumWidth: 20), new("TAG", MinimumWidth: 8)];
        if (digests)
        {
            columns.Add(new TableColumn("DIGEST", MinimumWidth: fullIds ? 0 : 19));
        }

        columns.AddRange([new TableColumn("ID"), new TableColumn("SIZE", AlignRight: true)]);
        Table table = new([.. columns]);
        foreach (Image image in images.OrderBy(image => image.RepoTags.FirstOrDefault() ?? "~", StringComparer.Ordinal))
        {
            foreach ((string repository, string tag) in Names(image))
            {
                List<string> cells = [repository, tag];
                if (digests)
                {
                    cells.Add(Digest(image, repository));
                }

                cells.AddRange([fullIds ? image.Id : HumanFormat.ShortId(image.Id), HumanFormat.Size(image.Size)]);
                table.Add([.. cells]);
            }
        }

        return table;
    }

    private static IEnumerable<(string Repository, string Tag)> Names(Image image)
    {
        if (image.RepoTags.Count > 0)
        {
            return image.RepoTags.Select(ImageNames.SplitTag);
        }

        string repository = image.RepoDigests.Count > 0 ? image.RepoDigests[0].Split('@')[0] : "<none>";
        return [(repository, "<none>")];
    }

    private static string Digest(Image image, string repository)
    {
        string? match = image.RepoDigests.FirstOrDefault(digest => digest.StartsWith(repository + "@", StringComparison.Ordinal));
        return match is null ? "<none>" : match[(match.IndexOf('@', StringComparison.Ordinal) + 1)..];
    }
}
