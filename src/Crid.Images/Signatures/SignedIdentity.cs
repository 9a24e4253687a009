using Crid.Core;

namespace Crid.Images;

/// <summary>Whether the name in a signature is one that the image may have: containers-policy.json(5), signedIdentity.</summary>
/// <param name="Type">How names are compared.</param>
/// <param name="Reference">The reference, repository or prefix that the type needs.</param>
/// <param name="SignedPrefix">For remapIdentity: what stands in signatures in the place of the prefix.</param>
internal sealed record SignedIdentity(string Type, string? Reference = null, string? SignedPrefix = null)
{
    public static SignedIdentity Default { get; } = new("matchRepoDigestOrExact");

    /// <param name="image">The image as it was asked for.</param>
    /// <param name="signed">The name in the signature.</param>
    public bool Accepts(ImageReference image, string signed)
    {
        if (!ImageReference.TryParse(signed, out ImageReference? name))
        {
            return false;
        }

        // A name without a tag stays without one here: what was signed is the repository.
        bool hasTag = signed.LastIndexOf(':') > signed.LastIndexOf('/') && name!.Digest is null;
        return Type switch
        {
            "matchExact" => hasTag && image.Digest is null && name!.ToString() == image.ToString(),
            "matchRepoDigestOrExact" => image.Digest is not null ? name!.Name == image.Name : hasTag && name!.ToString() == image.ToString(),
            "matchRepository" => name!.Name == image.Name,
            "exactReference" => ImageReference.TryParse(Reference, out ImageReference? exact) && hasTag && name!.ToString() == exact!.ToString(),
            "exactRepository" => ImageReference.TryParse(Reference, out ImageReference? repository) && name!.Name == repository!.Name,
            "remapIdentity" => AcceptsRemapped(image, name!, hasTag),
            _ => false,
        };
    }

    private bool AcceptsRemapped(ImageReference image, ImageReference name, bool hasTag)
    {
        bool applies = image.Name == Reference || image.Name.StartsWith(Reference + "/", StringComparison.Ordinal);
        string expected = applies ? SignedPrefix + image.Name[Reference!.Length..] : image.Name;
        return name.Name == expected && (image.Digest is not null || (hasTag && name.Tag == image.Tag));
    }
}
