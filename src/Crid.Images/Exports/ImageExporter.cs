using Crid.Core;
using Crid.Linux;
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
                _ = catalog.Hold(image.Image.Id) ?? throw CridException.NotFound($"image '{image.Image.Id}' does not exist");
                held.Add(image);
            }

            await Task.Run(() => Write(images, path, cancellationToken), cancellationToken);
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
        archive.AddFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8);
        Dictionary<DiffId, long> layers = [];
        HashSet<string> blobs = new(StringComparer.Ordinal);
        List<(StoredImage Image, byte[] Manifest)> manifests = [];
        foreach (StoredImage image in images)
        {
            foreach (Layer layer in image.Layers.Where(layer => !layers.ContainsKey(layer.DiffId)))
            {
                layers[layer.DiffId] = WriteLayer(archive, layer, cancellationToken);
            }

            byte[] manifest = LayoutDocuments.WriteManifest(image, layers);
            manifests.Add((image, manifest));
            foreach (byte[] blob in (ReadOnlySpan<byte[]>)[image.Config, manifest])
            {
                string name = LayoutDocuments.GetBlobName(BlobDigest.Of(blob));
                if (blobs.Add(name))
                {
                    archive.AddFile(name, blob);
                }
            }
        }

        archive.AddFile("index.json", LayoutDocuments.WriteIndex(manifests));
        archive.AddFile("manifest.json", LayoutDocuments.WriteDockerManifest(images));
        archive.Complete();
    }

    private long WriteLayer(TarWriter archive, Layer layer, CancellationToken cancellationToken)
    {
        string directory = store.GetPath(layer);
        if (!LayerSkeleton.Exists(directory))
        {
            throw CridException.FailedPrecondition($"layer {layer.DiffId} can't be written again: its archive was of a form that its files do not tell, or an older crid unpacked it");
        }

        return archive.AddFile(LayoutDocuments.GetBlobName(layer.DiffId.Digest), target =>
        {
            if (LayerSkeleton.Rebuild(directory, target, cancellationToken) != layer.DiffId)
            {
                throw CridException.FailedPrecondition($"layer {layer.DiffId} is damaged: 'crid images verify --repair' fetches it again");
            }
        });
    }
}
