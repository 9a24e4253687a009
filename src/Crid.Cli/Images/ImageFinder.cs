using Crid.Api;

namespace Crid.Cli;

/// <summary>Asks for one image by name, id or the beginning of an id.</summary>
internal static class ImageFinder
{
    public static async Task<ImageStatusResponse?> FindAsync(DaemonConnection daemon, string text, CancellationToken cancellation)
    {
        ImageStatusRequest request = new() { Image = new ImageSpec { Image = ImageNames.Normalise(text) }, Verbose = true };
        ImageStatusResponse response = await daemon.Images.ImageStatusAsync(request, daemon.Within(cancellation));
        return response.Image is null ? null : response;
    }
}
