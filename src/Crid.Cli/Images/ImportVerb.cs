using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid import</c> and <c>crid images import</c>: adds images from disk; no registry is involved.</summary>
internal static class ImportVerb
{
    public static readonly string[] Examples =
    [
        "crid import ./app.tar          # an OCI archive, compressed or not",
        "crid import ./layout           # an OCI layout directory",
    ];

    public static Command Create()
    {
        Argument<string> path = new("PATH") { Description = "An OCI archive or an OCI layout directory" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Only ids" };
        Command command = new("import", "Add the images of an OCI archive or layout") { path, quiet };
        Verb.Attach(command, new CommonOptions { HasTimeout = false }, async (parsed, context, cancellation) =>
        {
            string full = Path.GetFullPath(parsed.GetRequiredValue(path));
            if (!Path.Exists(full))
            {
                throw CliException.Usage($"there is no '{full}'");
            }

            ImportImageResponse response = await context.Daemon.Admin.ImportImageAsync(
                new ImportImageRequest { Path = full }, DaemonConnection.Unlimited(cancellation));
            if (context.Format == OutputFormat.Json)
            {
                await context.Output.WriteLineAsync(JsonText.Write(JsonText.OfAll(response.Images)));
                return ExitCodes.Success;
            }

            foreach (ImportedImage image in response.Images)
            {
                string names = image.Tags.Count > 0 ? string.Join(", ", image.Tags) : "<no name>";
                await context.Output.WriteLineAsync(parsed.GetValue(quiet) ? image.Id : $"{SafeText.Of(names)}   {HumanFormat.ShortId(image.Id)}");
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
