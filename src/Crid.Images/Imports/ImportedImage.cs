using Crid.Core;

namespace Crid.Images;

/// <summary>An image that an archive holds, with the names it gets.</summary>
internal sealed record ImportedImage(ImageContent Content, IReadOnlyList<ImageReference> Names)
{
    private static readonly ImageReference Unnamed = ImageReference.Parse("localhost/imported");

    /// <summary>A name for progress.</summary>
    public ImageReference Reference => Names.Count > 0 ? Names[0] : Unnamed;
}
