using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>Adds images from OCI layouts, as directories or archives, and from archives of <c>docker save</c>.</summary>
internal sealed class ImageImporter(
    CridDirectories directories, ImageCatalog catalog, LayerStore store, LayerStack stack, UnpackLimits limits, ILogger logger)
{
    /// <param name="path">An archive or a directory.</param>
    /// <param name="pin">Keeps the images from garbage collection.</param>
    /// <param name="cancellationToken">Ends the import early.</param>
    /// <exception cref="CridException">NotFound: no such path. InvalidArgument: not a form of image.</exception>
    public async Task<IReadOnlyList<Image>> ImportAsync(string path, bool pin, CancellationToken cancellationToken)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return await ImportLayoutAsync(path, path, pin, cancellationToken);
            }

            if (!File.Exists(path))
            {
                throw CridException.NotFound("there is no such file");
            }

            return await ImportArchiveAsync(path, pin, cancellationToken);
        }
        catch (Exception exception) when (LayerFailure.IsOfSpace(exception))
        {
            await store.CollectAllAsync();
            throw new CridException(ErrorKind.ResourceExhausted, $"import '{path}': {exception.Message}", exception);
        }
        catch (CridException exception)
        {
            throw CridException.Wrap($"import '{path}'", exception);
        }
        finally
        {
            await store.CollectAsync();
        }
    }

    // The archive is unpacked like a layer that stands alone, confined and limited in the same way.
    private async Task<IReadOnlyList<Image>> ImportArchiveAsync(string path, bool pin, CancellationToken cancellationToken)
    {
        string directory = $"{directories.Temporary}/import-{Guid.NewGuid():n}";
        Directory.CreateDirectory(directory);
        try
        {
            using FileStream archive = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
            ParentLayers none = new();
            none.Complete([]);
            await new LayerUnpacker(limits, LayerDecoders.Fastest).UnpackAsync(archive, blob: null, directory, none, static _ => { }, cancellationToken);
            return await ImportLayoutAsync($"{directory}/fs", path, pin, cancellationToken);
        }
        finally
        {
            store.RemoveTree(directory);
        }
    }

    private async Task<IReadOnlyList<Image>> ImportLayoutAsync(string directory, string path, bool pin, CancellationToken cancellationToken)
    {
        using LayoutDirectory layout = new(directory);
        IReadOnlyList<ImportedImage> images = layout.Contains("index.json") ? OciLayout.Read(layout) : DockerLayout.Read(layout);
        List<Image> added = [];
        foreach (ImportedImage image in images)
        {
            IReadOnlyList<Layer> layers = await stack.GetAsync(image.Content.Layers, new PullTracker(image.Reference), cancellationToken);
            try
            {
                added.Add(await catalog.AddAsync(image.Content, layers, image.Names, pin));
            }
            finally
            {
                store.Release(layers);
            }

            ImagesLog.Imported(logger, image.Content.Id.Value, path);
        }

        return added;
    }
}
