using Crid.Core;

namespace Crid.Images;

/// <summary>
/// Names of images that garbage collection must leave alone: a whole name, one that ends in <c>*</c> for all that begin so, or a part between two
/// asterisks.
/// </summary>
internal sealed class PinnedImages(IReadOnlyList<string> patterns)
{
    /// <summary>The image as it is shown: pinned where one of its names matches.</summary>
    public Image Apply(Image image) => !image.Pinned && image.Tags.Concat(image.Digests).Any(Matches) ? image with { Pinned = true } : image;

    private bool Matches(ImageReference name)
    {
        string text = name.ToString();
        return patterns.Any(pattern => Matches(text, pattern));
    }

    private static bool Matches(string name, string pattern)
    {
        bool toEnd = pattern.EndsWith('*');
        if (pattern.StartsWith('*'))
        {
            string part = pattern.Trim('*');
            return toEnd ? name.Contains(part, StringComparison.Ordinal) : name.EndsWith(part, StringComparison.Ordinal);
        }

        return toEnd
            ? name.StartsWith(pattern.TrimEnd('*'), StringComparison.Ordinal)
            : name == pattern || (ImageReference.TryParse(pattern, out ImageReference? exact) && name == exact!.ToString());
    }
}
