using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Reads the images of an OCI layout: image-spec image-layout.md.</summary>
internal static class OciLayout
{
    internal const string ImageName = "io.containerd.image.name";
    internal const string ReferenceName = "org.opencontainers.image.ref.name";
    private const int MaxDepth = 3;

    public static IReadOnlyList<ImportedImage> Read(LayoutDirectory layout)
    {
        ImageIndex index = ImageDocuments.ParseIndex(layout.Read("index.json", ImageDocuments.MaxManifestBytes));
        Descriptor[] fitting = [.. index.Manifests.Where(static entry => HostPlatform.MayFit(entry.Platform))];
        List<ImportedImage> images = [];
        OtherPlatformException? other = null;
        foreach (Descriptor entry in fitting.Length > 0 ? fitting : index.Manifests)
        {
            try
            {
                images.Add(ReadImage(layout, entry));
            }
            catch (OtherPlatformException exception)
            {
                // Many entries do not say what they are for; their configs do.
                other ??= exception;
            }
        }

        return images.Count > 0 || other is null ? images : throw other;
    }

    private static ImportedImage ReadImage(LayoutDirectory layout, Descriptor entry)
    {
        Descriptor current = entry;
        byte[] document = layout.ReadBlob(current, ImageDocuments.MaxManifestBytes);
        for (int depth = 0; ImageDocuments.IsIndex(document, current.MediaType); depth++)
        {
            current = depth < MaxDepth
                ? HostPlatform.Choose(ImageDocuments.ParseIndex(document))
                : throw CridException.InvalidArgument($"the image index is nested more than {MaxDepth} deep");
            document = layout.ReadBlob(current, ImageDocuments.MaxManifestBytes);
        }

        ImageManifest manifest = ImageDocuments.ParseManifest(document);
        byte[] config = layout.ReadBlob(manifest.Config, ImageDocuments.MaxConfigBytes);
        return new ImportedImage(ImageContent.From(manifest, document, config, layout.OpenBlob), GetNames(entry));
    }

    private static IReadOnlyList<ImageReference> GetNames(Descriptor entry)
    {
        if (FindName(entry) is not { } name)
        {
            return [];
        }

        ImageReference digest = name.WithDigest(BlobDigest.Parse(entry.Digest));
        return name.Digest is null ? [name, digest] : [digest];
    }

    // The image-layout specification has a bare tag in its annotation, such as "v1.0", which names no repository; others write a whole name there.
    private static ImageReference? FindName(Descriptor entry)
    {
        if (ImageReference.TryParse(entry.Annotations?.GetValueOrDefault(ImageName), out ImageReference? name))
        {
            return name;
        }

        string? text = entry.Annotations?.GetValueOrDefault(ReferenceName);
        return text.AsSpan().ContainsAny('/', ':', '@') && ImageReference.TryParse(text, out name) ? name : null;
    }
}
