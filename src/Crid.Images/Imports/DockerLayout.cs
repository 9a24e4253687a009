using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Reads the images of an archive that <c>docker save</c> wrote: <c>manifest.json</c> names configs and layers by path.</summary>
internal static class DockerLayout
{
    public static IReadOnlyList<ImportedImage> Read(LayoutDirectory layout)
    {
        if (!layout.Contains("manifest.json"))
        {
            throw CridException.InvalidArgument("it is no image: it has neither index.json nor manifest.json");
        }

        byte[] manifest = layout.Read("manifest.json", ImageDocuments.MaxManifestBytes);
        return [.. ImageDocuments.ParseDockerArchive(manifest).Select(image => ReadImage(layout, image))];
    }

    private static ImportedImage ReadImage(LayoutDirectory layout, DockerArchiveImage image)
    {
        byte[] config = layout.Read(image.Config, ImageDocuments.MaxConfigBytes);
        DiffId[] diffIds = ImageContent.ReadDiffIds(config);
        if (diffIds.Length != image.Layers.Count)
        {
            throw CridException.InvalidArgument($"the archive has {image.Layers.Count} layers, the image config {diffIds.Length}");
        }

        IReadOnlyList<ChainId> chain = ChainId.ForStack(diffIds);
        LayerRequest[] layers =
            [.. image.Layers.Select((name, i) => LayerRequest.Of(diffIds[i], chain[i], blob: null, layout.GetSize(name), () => layout.Open(name)))];
        ImageReference[] names = [.. (image.RepoTags ?? []).Select(ImageReference.Parse)];
        return new ImportedImage(new ImageContent(new ImageId(BlobDigest.Of(config)), config, layers), names);
    }
}
