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
        return [.. index.Manifests.Select(entry => ReadImage(layout, entry))];
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
        string? text = entry.Annotations?.GetValueOrDefault(ImageName) ?? entry.Annotations?.GetValueOrDefault(ReferenceName);
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        ImageReference name = ImageReference.Parse(text);
        ImageReference digest = name.WithDigest(BlobDigest.Parse(entry.Digest));
        return name.Digest is null ? [name, digest] : [digest];
    }
}
