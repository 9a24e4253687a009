using Crid.Core;
using Crid.Linux;
using Crid.Oci;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Writes images as an OCI layout in a tar archive. Layers are written again from their files and checked against their digests on the way.</summary>
internal sealed class ImageExporter(LayerStore store, ImageCatalog catalog)
{
    /// <exception cref="CridException">NotFound: no such image. FailedPrecondition: a layer can't be written again.</exception>
    public async Task ExportAsync(IReadOnlyList<string> names, string path, CancellationToken cancellationToken)
    {
        List<StoredImage> images = [.. names.Select(name => catalog.Find(name) ?? throw CridException.NotFound($"image '{name}' does not exist")).DistinctBy(static image => image.Image.Id)];
        List<StoredImage> held = [];
        try
        {
            foreach (StoredImage image in images)
            {
                // A repair may have given it other layers since it was found.
                IReadOnlyList<Layer> layers = catalog.Hold(image.Image.Id) ?? throw CridException.NotFound($"image '{image.Image.Id}' does not exist");
                held.Add(image with { Layers = layers });
            }

            await Task.Run(() => Write(held, path, cancellationToken), cancellationToken);
        }
        finally
        {
            held.ForEach(image => store.Release(image.Layers));
            await store.CollectAsync();
        }
    }

    // Under another name until it is whole: what has the name that was asked for can be imported.
    private void Write(List<StoredImage> images, string path, CancellationToken cancellationToken)
    {
        string partial = $"{path}.{Guid.NewGuid():n}.partial";
        try
        {
            using (FileStream file = new(partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 256 << 10))
            {
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                WriteLayout(images, new TarWriter(file), cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            using SafeFileHandle directory = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
            FileSystems.SyncFile(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"write '{path}': {exception.Message}", exception);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private void WriteLayout(List<StoredImage> images, TarWriter archive, CancellationToken cancellationToken)
    {
        LayoutWriter layout = new(archive);
        List<(StoredImage Image, byte[] Manifest)> manifests = [];
        foreach (StoredImage image in images)
        {
            byte[] manifest = image.Manifest is null ? WriteImage(image, layout, cancellationToken) : WriteArtifact(image, layout, cancellationToken);
            layout.AddBlob(image.Config);
            layout.AddBlob(manifest);
            manifests.Add((image, manifest));
        }

        layout.Complete(manifests);
    }

    private byte[] WriteImage(StoredImage image, LayoutWriter layout, CancellationToken cancellationToken)
    {
        foreach (Layer layer in image.Layers)
        {
            WriteArchive(layer, layout, cancellationToken);
        }

        return LayoutDocuments.WriteManifest(image, layout.SizeOf);
    }

    // The compressed form of an archive that was unpacked is not kept: the manifest then names the uncompressed one.
    private byte[] WriteArtifact(StoredImage artifact, LayoutWriter layout, CancellationToken cancellationToken)
    {
        Dictionary<string, (BlobDigest Digest, long Size)> replaced = new(StringComparer.Ordinal);
        ImageManifest manifest = ImageDocuments.ParseManifest(artifact.Manifest);
        foreach ((ArtifactBlob blob, Layer layer) in ArtifactManifest.ListBlobs(manifest).Zip(artifact.Layers))
        {
            if (blob.FileName is { } name)
            {
                BlobDigest digest = BlobDigest.Parse(blob.Descriptor.Digest);
                layout.AddBlob(digest, target => ArtifactFile.Copy(store.GetDirectory(layer), name, digest, target));
            }
            else
            {
                WriteArchive(layer, layout, cancellationToken);
                replaced[blob.Descriptor.Digest] = (layer.DiffId.Digest, layout.SizeOf(layer.DiffId.Digest));
            }
        }

        if (manifest.Layers.Any(static layer => layer.MediaType == MediaTypes.Empty))
        {
            layout.AddBlob("{}"u8.ToArray());
        }

        return LayoutDocuments.WriteManifest(artifact.Manifest!, replaced);
    }

    private void WriteArchive(Layer layer, LayoutWriter layout, CancellationToken cancellationToken)
    {
        string directory = store.GetPath(layer);
        if (!LayerSkeleton.Exists(directory))
        {
            throw CridException.FailedPrecondition($"layer {layer.DiffId} can't be written again: its archive was of a form that its files do not tell, or an older crid unpacked it");
        }

        layout.AddBlob(layer.DiffId.Digest, target =>
        {
            if (LayerSkeleton.Rebuild(directory, target, cancellationToken) != layer.DiffId)
            {
                throw CridException.FailedPrecondition($"layer {layer.DiffId} is damaged: 'crid images verify --repair' fetches it again");
            }
        });
    }
}
