using Crid.Core;
using Crid.State;

namespace Crid.Images;

/// <summary>The images of the node by id and by name. A change is written first, then published; reads never wait for the disk.</summary>
internal sealed class ImageCatalog
{
    private const int MinPrefix = 4;
    private const int IdLength = 64;
    private const string IdPrefix = BlobDigest.Algorithm + ":";

    private readonly Database _database;
    private readonly LayerStore _layers;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private volatile CatalogState _state;

    private ImageCatalog(Database database, LayerStore layers, TimeProvider time, CatalogState state)
    {
        _database = database;
        _layers = layers;
        _time = time;
        _state = state;
    }

    public static async Task<ImageCatalog> OpenAsync(Database database, LayerStore layers, TimeProvider time)
    {
        IReadOnlyDictionary<long, Layer> known = layers.ListByNumber();
        List<StoredImage> images = await database.ReadAsync(connection => ImageRows.Read(connection, known));
        images.ForEach(image => layers.Hold(image.Layers));
        return new ImageCatalog(database, layers, time, new CatalogState(images));
    }

    public IReadOnlyList<Image> List() => _state.Images;

    /// <summary>The images with their layers.</summary>
    public IReadOnlyCollection<StoredImage> ListStored() => _state.ById.Values;

    public StoredImage? Find(ImageId id) => _state.ById.GetValueOrDefault(id);

    /// <summary>Holds the layers of an image for somebody else; null where there is no such image.</summary>
    public IReadOnlyList<Layer>? Hold(ImageId id)
    {
        while (Find(id) is { } image)
        {
            _layers.Hold(image.Layers);
            if (ReferenceEquals(Find(id)?.Layers, image.Layers))
            {
                return image.Layers;
            }

            // Removed or replaced in between: the layers may be on their way out already.
            _layers.Release(image.Layers);
        }

        return null;
    }

    /// <summary>The image that a name belongs to.</summary>
    public StoredImage? Find(ImageReference reference)
    {
        string name = reference.Digest is { } digest ? reference.WithDigest(digest).ToString() : reference.ToString();
        return _state.ByName.GetValueOrDefault(name);
    }

    /// <summary>Looks an image up by whatever a caller of the API may give: a whole id, a name, the beginning of an id.</summary>
    public StoredImage? Find(string idOrReference)
    {
        string hex = idOrReference.StartsWith(IdPrefix, StringComparison.Ordinal) ? idOrReference[IdPrefix.Length..] : idOrReference;
        if (BlobDigest.TryParse(IdPrefix + hex, out BlobDigest digest))
        {
            return Find(new ImageId(digest));
        }

        StoredImage? named = ImageReference.TryParse(idOrReference, out ImageReference? reference) ? Find(reference!) : null;
        return named ?? FindByPrefix(hex);
    }

    /// <summary>Adds an image, or names to an image that is there; a name that another image had moves. The caller's hold of the layers stays the caller's.</summary>
    public async Task<Image> AddAsync(ImageContent content, IReadOnlyList<Layer> layers, IReadOnlyCollection<ImageReference> names, bool pin = false)
    {
        await _writing.WaitAsync();
        try
        {
            StoredImage? existing = Find(content.Id);
            ImageReference[] all = [.. names.Concat(existing?.Image.Tags ?? []).Concat(existing?.Image.Digests ?? [])
                .DistinctBy(static name => name.ToString()).OrderBy(static name => name.ToString(), StringComparer.Ordinal)];
            StoredImage image = ImageRows.Make(content.Id, (content.Config, content.Manifest), layers, all, pin || (existing?.Image.Pinned ?? false));
            DateTimeOffset now = _time.GetUtcNow();
            await _database.WriteAsync(Durability.Power, connection => ImageRows.Upsert(connection, image, now));
            _layers.HoldForImage(layers);
            _state = _state.With(image);
            _layers.Release(existing?.Layers ?? []);
            return image.Image;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Removes an image with all its names; null where there is none.</summary>
    public async Task<Image?> RemoveAsync(string idOrReference)
    {
        await _writing.WaitAsync();
        try
        {
            if (Find(idOrReference) is not { } image)
            {
                return null;
            }

            await _database.WriteAsync(Durability.Power, connection => ImageRows.Delete(connection, image.Image.Id));
            _state = _state.Without(image.Image.Id);
            _layers.Release(image.Layers);
            return image.Image;
        }
        finally
        {
            _writing.Release();
        }
    }

    private StoredImage? FindByPrefix(string hex)
    {
        if (hex.Length is < MinPrefix or >= IdLength || !hex.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        StoredImage[] matches = [.. _state.ById.Values.Where(image => image.Image.Id.Digest.Hex.StartsWith(hex, StringComparison.Ordinal)).Take(2)];
        return matches.Length == 1 ? matches[0] : null;
    }
}
