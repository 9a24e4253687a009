using Crid.Core;

namespace Crid.Images;

/// <summary>One version of the catalog, with its indexes; never changed.</summary>
internal sealed class CatalogState
{
    private readonly IReadOnlyList<StoredImage> _images;

    public CatalogState(IReadOnlyList<StoredImage> images)
    {
        _images = images;
        Images = [.. images.Select(static image => image.Image)];
        foreach (StoredImage image in images)
        {
            ById.Add(image.Image.Id, image);
            foreach (ImageReference name in image.Image.Tags.Concat(image.Image.Digests))
            {
                ByName[name.ToString()] = image;
            }
        }
    }

    public IReadOnlyList<Image> Images { get; }

    public Dictionary<ImageId, StoredImage> ById { get; } = [];

    public Dictionary<string, StoredImage> ByName { get; } = new(StringComparer.Ordinal);

    /// <summary>With an image added or replaced; its names are taken from the images that had them.</summary>
    public CatalogState With(StoredImage image)
    {
        HashSet<string> names = [.. image.Image.Tags.Concat(image.Image.Digests).Select(static name => name.ToString())];
        IEnumerable<StoredImage> others = _images.Where(other => other.Image.Id != image.Image.Id).Select(other => other with
        {
            Image = other.Image with
            {
                Tags = [.. other.Image.Tags.Where(name => !names.Contains(name.ToString()))],
                Digests = [.. other.Image.Digests.Where(name => !names.Contains(name.ToString()))],
            },
        });
        return new CatalogState([.. others, image]);
    }

    public CatalogState Without(ImageId id) => new([.. _images.Where(image => image.Image.Id != id)]);
}
