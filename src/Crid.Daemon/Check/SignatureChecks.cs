using Crid.Images;

namespace Crid.Daemon;

/// <summary>The policies that say which images have to be signed.</summary>
internal static class SignatureChecks
{
    public static async Task<IReadOnlyList<HostCheck>> RunAsync(ImagesOptions images, CancellationToken cancellationToken)
    {
        if (images.SignaturePolicy.Length + images.SignaturePolicyDirectory.Length == 0)
        {
            return [HostCheck.Ok("signatures", "no policy: any image is accepted")];
        }

        IReadOnlyList<string> problems = await SignaturePolicyCheck.FindProblemsAsync(images, cancellationToken);
        return problems.Count == 0
            ? [HostCheck.Ok("signatures", $"policy {images.SignaturePolicy} {images.SignaturePolicyDirectory}".TrimEnd())]
            : [HostCheck.Failure("signatures", string.Join("; ", problems), "mend it: no image that it is for can be pulled; docs/IMAGES.md has what crid can check")];
    }
}
