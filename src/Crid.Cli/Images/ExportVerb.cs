using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid images export</c>: writes images to a file that another node imports.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        Argument<string> path = new("FILE") { Description = "The archive to write; a file of that name is replaced" };
        Argument<string[]> images = new("IMAGE") { Arity = ArgumentArity.OneOrMore, Description = "Names or ids" };
        Command command = new("export", "Write images to an OCI archive, which 'crid images import' and 'docker load' read") { path, images };
        Verb.Attach(command, new CommonOptions { HasTimeout = false, HasOutput = false }, async (parsed, context, cancellation) =>
        {
            ExportImagesRequest request = new() { Path = Path.GetFullPath(parsed.GetRequiredValue(path)) };
            request.Images.Add(parsed.GetRequiredValue(images).Select(ImageNames.Normalise));
            await context.Daemon.Admin.ExportImagesAsync(request, DaemonConnection.Unlimited(cancellation));
            await context.Output.WriteLineAsync(request.Path);
            return ExitCodes.Success;
        });
        return command;
    }
}
