using Crid.Api;
using Crid.Core;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Pulls one image after another and shows progress on standard error: a bar on a screen, plain lines elsewhere.</summary>
internal sealed class ImagePull(VerbContext context, PullDisplay display, AuthConfig? credentials = null)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(150);

    /// <summary>Returns the id of the image when it is there.</summary>
    /// <exception cref="CliException">The name is not an image reference.</exception>
    public async Task<string> PullAsync(string name, CancellationToken cancellation)
    {
        if (!ImageReference.TryParse(name, out ImageReference? parsed))
        {
            throw CliException.Usage(name.StartsWith('-') ? $"there is no option '{name}'" : $"'{name}' is not an image reference");
        }

        string reference = parsed!.ToString();
        PullImageRequest request = new() { Image = new ImageSpec { Image = reference, UserSpecifiedImage = name }, Auth = credentials };
        using AsyncUnaryCall<PullImageResponse> call = context.Daemon.Images.PullImageAsync(request, DaemonConnection.Unlimited(cancellation));
        if (display == PullDisplay.None)
        {
            return (await call).ImageRef;
        }

        using PullProgressView view = new(context.Terminal, context.Clock, reference);
        view.Start();
        await WatchAsync(call.ResponseAsync, reference, view, cancellation);
        PullImageResponse response = await call;
        view.Complete();
        return response.ImageRef;
    }

    /// <summary>Shows progress until the pull ends. A server that does not tell progress is not asked again.</summary>
    private async Task WatchAsync(Task pull, string reference, PullProgressView view, CancellationToken cancellation)
    {
        bool asks = true;
        while (!pull.IsCompleted)
        {
            await Task.WhenAny(pull, Task.Delay(PollInterval, context.Clock, cancellation));
            if (pull.IsCompleted)
            {
                return;
            }

            Pull? progress = null;
            if (asks)
            {
                (asks, progress) = await AskAsync(reference, cancellation);
            }

            view.Update(progress);
        }
    }

    private async Task<(bool AskAgain, Pull? Progress)> AskAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            ListPullsResponse pulls = await context.Daemon.Admin.ListPullsAsync(new ListPullsRequest(), context.Daemon.Within(cancellation));
            return (true, pulls.Pulls.FirstOrDefault(pull => pull.Reference == reference));
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            return (false, null);
        }
    }
}
