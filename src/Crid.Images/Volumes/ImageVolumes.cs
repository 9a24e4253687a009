using Crid.Core;
using Crid.Linux;
using Crid.State;

namespace Crid.Images;

/// <summary>
/// Images as volumes. Each container has mounts of its own, one for each image, which go with it; the rows say which layers it needs, so that these
/// outlive their image.
/// </summary>
internal sealed class ImageVolumes : IImageVolumes
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly CridDirectories _directories;
    private readonly Database _database;
    private readonly LayerStore _layers;
    private readonly ImageCatalog _catalog;
    private readonly KeyedLock<ContainerId> _locks = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerId, IReadOnlyList<Layer>> _held = [];

    private ImageVolumes(CridDirectories directories, Database database, LayerStore layers, ImageCatalog catalog)
    {
        _directories = directories;
        _database = database;
        _layers = layers;
        _catalog = catalog;
    }

    public static async Task<ImageVolumes> OpenAsync(CridDirectories directories, Database database, LayerStore layers, ImageCatalog catalog)
    {
        ImageVolumes volumes = new(directories, database, layers, catalog);
        IReadOnlyDictionary<long, Layer> known = layers.ListByNumber();
        foreach ((ContainerId id, List<long> numbers) in await database.ReadAsync(ImageVolumeRows.Read))
        {
            Layer[] held = [.. numbers.Select(number => known[number])];
            layers.Hold(held);
            volumes._held.Add(id, held);
        }

        return volumes;
    }

    public async Task<IReadOnlyList<string>> MountAsync(
        ContainerId id, IReadOnlyList<ImageVolume> volumes, SnapshotOwner? owner, string? label, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(id, cancellationToken);
        try
        {
            IReadOnlyDictionary<ImageId, IReadOnlyList<Layer>> stacks = await HoldAsync(id, [.. volumes.Select(static volume => volume.Image).Distinct()]);
            return await Task.Run(() => Mount(id, volumes, stacks, owner, label), cancellationToken);
        }
        catch (Exception exception) when (exception is CridException or LinuxException or IOException)
        {
            throw new CridException((exception as CridException)?.Kind ?? ErrorKind.Internal, exception.Message, exception) { Reason = ImageVolume.MountFailed };
        }
    }

    public async Task UnmountAsync(ContainerId id, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(id, cancellationToken);
        await ReleaseAsync(id);
    }

    /// <summary>Lets go of the layers that containers hold which do not live.</summary>
    public async Task RetainAsync(Func<ContainerId, bool> isLive, CancellationToken cancellationToken)
    {
        foreach (ContainerId id in ListHolders().Where(id => !isLive(id)))
        {
            await UnmountAsync(id, cancellationToken);
        }
    }

    private ContainerId[] ListHolders()
    {
        lock (_lock)
        {
            return [.. _held.Keys];
        }
    }

    // Held before the rows are written: an image that is removed meanwhile can't take its layers along.
    private async Task<IReadOnlyDictionary<ImageId, IReadOnlyList<Layer>>> HoldAsync(ContainerId id, IReadOnlyList<ImageId> images)
    {
        Dictionary<ImageId, IReadOnlyList<Layer>> stacks = [];
        try
        {
            foreach (ImageId image in images)
            {
                stacks.Add(image, _catalog.Hold(image) ?? throw CridException.NotFound($"image '{image}' does not exist"));
            }

            IEnumerable<Layer> distinct = stacks.Values.SelectMany(static layers => layers).DistinctBy(static layer => layer.Number);
            await _database.WriteAsync(Durability.Process, connection => ImageVolumeRows.Insert(connection, id, distinct));
        }
        catch
        {
            _layers.Release(stacks.Values.SelectMany(static layers => layers));
            throw;
        }

        lock (_lock)
        {
            _held.Add(id, [.. stacks.Values.SelectMany(static layers => layers)]);
        }

        return stacks;
    }

    private string[] Mount(
        ContainerId id, IReadOnlyList<ImageVolume> volumes, IReadOnlyDictionary<ImageId, IReadOnlyList<Layer>> stacks, SnapshotOwner? owner, string? label)
    {
        string directory = _directories.ImageVolumes(id);
        string[] empty = [$"{directory}/empty-1", $"{directory}/empty-2"];
        foreach (string path in (ReadOnlySpan<string>)[directory, .. empty])
        {
            Directory.CreateDirectory(path, Passable);
        }

        Dictionary<ImageId, string> mountpoints = [];
        foreach ((ImageId image, IReadOnlyList<Layer> layers) in stacks)
        {
            // Short, because mapped layers lie below it, and older kernels take a page of their paths.
            string mountpoint = $"{directory}/{mountpoints.Count}";
            mountpoints.Add(image, mountpoint);
            Directory.CreateDirectory(mountpoint);
            ReadOnlyOverlay.Mount([.. layers.Reverse().Select(_layers.GetDirectory)], empty, mountpoint, owner, label);
        }

        return [.. volumes.Select(volume => Find(mountpoints[volume.Image], volume))];
    }

    private static string Find(string mountpoint, ImageVolume volume)
    {
        try
        {
            return volume.SubPath.Length == 0
                ? mountpoint
                : RootedFiles.FindDirectory(mountpoint, volume.SubPath)
                    ?? throw CridException.NotFound($"image '{volume.Image}' has no directory '{volume.SubPath}'");
        }
        catch (LinuxException exception)
        {
            throw CridException.InvalidArgument($"sub path '{volume.SubPath}' of image '{volume.Image}': {exception.Message}", exception);
        }
    }

    private async Task ReleaseAsync(ContainerId id)
    {
        string directory = _directories.ImageVolumes(id);
        if (Directory.Exists(directory))
        {
            await Task.Run(() => RemoveMounts(directory));
        }

        IReadOnlyList<Layer>? layers;
        lock (_lock)
        {
            layers = _held.GetValueOrDefault(id);
        }

        if (layers is null)
        {
            return;
        }

        await _database.WriteAsync(Durability.Process, connection => ImageVolumeRows.Delete(connection, id));
        lock (_lock)
        {
            _held.Remove(id);
        }

        _layers.Release(layers);
        await _layers.CollectAsync();
    }

    private static void RemoveMounts(string directory)
    {
        // Layers that were being id-mapped when an attempt was cut short have a directory of their own, which goes with its mountpoint.
        string[] mountpoints = [.. Directory.GetDirectories(directory).Where(static path => !IdMappedOverlay.IsOfLowers(path))];
        foreach (string mountpoint in mountpoints)
        {
            Mounts.EnsureUnmounted(mountpoint, detach: true);
            IdMappedOverlay.RemoveLowers(mountpoint);
        }

        DirectoryTree.Remove(directory);
    }
}
