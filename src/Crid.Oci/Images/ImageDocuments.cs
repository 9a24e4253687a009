using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Crid.Core;

namespace Crid.Oci;

/// <summary>Parses the documents of images and registries, refusing what could be read in two ways.</summary>
public static class ImageDocuments
{
    /// <summary>Bytes of a manifest or an index; the same limit that registries put on them.</summary>
    public const int MaxManifestBytes = 4 << 20;

    public const int MaxConfigBytes = 8 << 20;
    public const int MaxLayers = 500;

    /// <summary>Tells whether a document is an index, by its members; its types must not contradict them.</summary>
    /// <param name="document">The bytes of the document.</param>
    /// <param name="mediaType">The type that its descriptor or its transfer named, if any.</param>
    /// <exception cref="CridException">InvalidArgument: neither a manifest nor an index, or both, or of another type than it was said to be.</exception>
    public static bool IsIndex(ReadOnlySpan<byte> document, string? mediaType)
    {
        DocumentShape shape = Parse(document, ImageJsonContext.Default.DocumentShape, "manifest", MaxManifestBytes);
        if (shape.SignedLayers is not null || shape.SchemaVersion == 1)
        {
            throw CridException.InvalidArgument("manifest schema 1 is not supported: push the image again with a current tool");
        }

        bool index = shape.Manifests is not null;
        bool manifest = shape.Layers is not null || shape.Config is not null;
        if (index == manifest)
        {
            throw CridException.InvalidArgument(index ? "the manifest is ambiguous: it has both layers and manifests" : "the document is neither a manifest nor an index");
        }

        foreach (string? type in (ReadOnlySpan<string?>)[shape.MediaType, mediaType])
        {
            bool known = MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type);
            if (known && MediaTypes.IsIndex(type) != index)
            {
                throw CridException.InvalidArgument($"the manifest is ambiguous: its type is {type}, its content is of the other kind");
            }
        }

        return index;
    }

    public static ImageIndex ParseIndex(ReadOnlySpan<byte> document)
    {
        ImageIndex index = Parse(document, ImageJsonContext.Default.ImageIndex, "image index", MaxManifestBytes);
        RefuseNull(index.Manifests, "image index");
        return index;
    }

    public static ImageManifest ParseManifest(ReadOnlySpan<byte> document)
    {
        ImageManifest manifest = Parse(document, ImageJsonContext.Default.ImageManifest, "manifest", MaxManifestBytes);
        RefuseNull(manifest.Layers, "manifest");
        return manifest.Layers.Count <= MaxLayers
            ? manifest
            : throw CridException.InvalidArgument($"the image has {manifest.Layers.Count} layers, the limit is {MaxLayers}");
    }

    public static ImageConfig ParseConfig(ReadOnlySpan<byte> document) =>
        Parse(document, ImageJsonContext.Default.ImageConfig, "image config", MaxConfigBytes);

    public static IReadOnlyList<DockerArchiveImage> ParseDockerArchive(ReadOnlySpan<byte> document)
    {
        IReadOnlyList<DockerArchiveImage> images = Parse(document, ImageJsonContext.Default.IReadOnlyListDockerArchiveImage, "manifest.json", MaxManifestBytes);
        RefuseNull(images, "manifest.json");
        foreach (DockerArchiveImage image in images)
        {
            RefuseNull(image.Layers, "manifest.json");
            RefuseNull(image.RepoTags ?? [], "manifest.json");
        }

        return images;
    }

    public static RegistryToken ParseToken(ReadOnlySpan<byte> document) =>
        Parse(document, ImageJsonContext.Default.RegistryToken, "token response", MaxManifestBytes);

    /// <summary>The errors in a response body; none where it is not such a document, as proxies answer with pages of their own.</summary>
    public static IReadOnlyList<RegistryError> ReadErrors(ReadOnlySpan<byte> body)
    {
        try
        {
            IEnumerable<RegistryError?> errors = JsonSerializer.Deserialize(body, ImageJsonContext.Default.RegistryErrors)?.Errors ?? [];
            return [.. errors.OfType<RegistryError>()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    // The serializer keeps null away from members that may not be null, but not from the elements of their lists.
    private static void RefuseNull<T>(IReadOnlyList<T?> elements, string what)
        where T : class
    {
        if (elements.Any(static element => element is null))
        {
            throw CridException.InvalidArgument($"the {what} is not valid: an element of a list is null");
        }
    }

    private static T Parse<T>(ReadOnlySpan<byte> document, JsonTypeInfo<T> type, string what, int maxBytes)
        where T : class
    {
        if (document.Length > maxBytes)
        {
            throw CridException.InvalidArgument($"the {what} has {document.Length} bytes, the limit is {maxBytes}");
        }

        try
        {
            return JsonSerializer.Deserialize(document, type) ?? throw CridException.InvalidArgument($"the {what} is empty");
        }
        catch (JsonException exception)
        {
            throw CridException.InvalidArgument($"the {what} is not valid: {exception.Message}", exception);
        }
    }
}
