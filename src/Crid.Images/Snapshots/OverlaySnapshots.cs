using Crid.Core;
using Crid.Linux;
using Crid.State;

namespace Crid.Images;

/// <summary>Root file systems of containers as overlay mounts; the rows hold the layers, the directories below the store what a container writes.</summary>
internal sealed class OverlaySnapshots : ISnapshots
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode RootMode = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly CridDirectories _directories;
    private readonly Database _database;
    private readonly LayerStore _layers;
    private readonly ImageCatalog _catalog;
    private readonly KeyedLock<ContainerId> _locks = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerId, IReadOnlyList<Layer>> _snapshots = [];

    private OverlaySnapshots(CridDirectories directories, Database database, LayerStore layers, ImageCatalog catalog)
    {
        _directories = directories;
        _database = database;
        _layers = layers;
        _catalog = catalog;
    }

    public static async Task<OverlaySnapshots> OpenAsync(CridDirectories directories, Database database, LayerStore layers, ImageCatalog catalog)
    {
        OverlaySnapshots snapshots = new(directories, database, layers, catalog);
        Directory.CreateDirectory(directories.Snapshots, Private);
        IReadOnlyDictionary<long, Layer> known = layers.ListByNumber();
        foreach ((ContainerId id, List<long> numbers) in await database.ReadAsync(SnapshotRows.Read))
        {
            Layer[] stack = [.. numbers.Select(number => known[number])];
            layers.Hold(stack);
            snapshots._snapshots.Add(id, stack);
        }

        return snapshots;
    }

    public async Task PrepareAsync(ContainerId id, ImageId image, string mountpoint, SnapshotOwner? owner, string? label, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(id, cancellationToken);
        IReadOnlyList<Layer>? layers = Find(id);
        if (layers is not null && Mounts.Read().Any(mount => mount.Mountpoint == mountpoint))
        {
            return;
        }

        layers ??= await AddAsync(id, image);
        string directory = GetDirectory(id);
        Directory.CreateDirectory(directory, Private);
        Directory.CreateDirectory(_directories.WritableLayer(id), RootMode);
        Directory.CreateDirectory($"{directory}/work", Private);
        Directory.CreateDirectory(mountpoint);
        OverlayMount overlay = new()
        {
            Lowers = GetLowers(layers, directory),
            Upper = _directories.WritableLayer(id),
            Work = $"{directory}/work",
            Label = label,
        };
        if (owner is null)
        {
            Mounts.Overlay(overlay, mountpoint);
        }
        else
        {
            IdMappedOverlay.Mount(overlay, mountpoint, owner);
        }
    }

    public async Task RemoveAsync(ContainerId id, string mountpoint, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(id, cancellationToken);
        Mounts.EnsureUnmounted(mountpoint, detach: true);
        IdMappedOverlay.RemoveLowers(mountpoint);
        DirectoryTree.Remove(mountpoint);
        await DropAsync(id);
    }

    public async Task RetainAsync(Func<ContainerId, bool> isLive, CancellationToken cancellationToken)
    {
        HashSet<ContainerId> known = ListIds();
        foreach (string path in Directory.GetFileSystemEntries(_directories.Snapshots))
        {
            if (ContainerId.TryParse(Path.GetFileName(path), out ContainerId id))
            {
                known.Add(id);
            }
            else
            {
                DirectoryTree.Remove(path);
            }
        }

        known.RemoveWhere(id => isLive(id));
        if (known.Count > 0)
        {
            IReadOnlyList<MountInfo> mounts = Mounts.Read();
            foreach (ContainerId id in known)
            {
                using IDisposable held = await _locks.AcquireAsync(id, cancellationToken);
                string upper = $"upperdir={_directories.WritableLayer(id)}";
                foreach (MountInfo mount in mounts.Where(mount => mount.SuperOptions.Split(',').Contains(upper)))
                {
                    Mounts.Unmount(mount.Mountpoint, detach: true);
                }

                await DropAsync(id);
            }
        }

        await _layers.CollectAsync();
    }

    private HashSet<ContainerId> ListIds()
    {
        lock (_lock)
        {
            return [.. _snapshots.Keys];
        }
    }

    private string GetDirectory(ContainerId id) => $"{_directories.Snapshots}/{id.Value}";

    private IReadOnlyList<Layer>? Find(ContainerId id)
    {
        lock (_lock)
        {
            return _snapshots.GetValueOrDefault(id);
        }
    }

    // Held before the row is written: an image that is removed meanwhile can't take its layers along.
    private async Task<IReadOnlyList<Layer>> AddAsync(ContainerId id, ImageId image)
    {
        IReadOnlyList<Layer> layers = _catalog.Hold(image) ?? throw CridException.NotFound($"image '{image}' does not exist");
        try
        {
            await _database.WriteAsync(Durability.Process, connection => SnapshotRows.Insert(connection, id, layers));
        }
        catch
        {
            _layers.Release(layers);
            throw;
        }

        lock (_lock)
        {
            _snapshots.Add(id, layers);
        }

        return layers;
    }

    private async Task DropAsync(ContainerId id)
    {
        DirectoryTree.Remove(GetDirectory(id));
        IReadOnlyList<Layer>? layers = Find(id);
        if (layers is null)
        {
            return;
        }

        await _database.WriteAsync(Durability.Process, connection => SnapshotRows.Delete(connection, id));
        lock (_lock)
        {
            _snapshots.Remove(id);
        }

        _layers.Release(layers);
        await _layers.CollectAsync();
    }

    // Overlay wants at least one layer below; an image may have none.
    private List<string> GetLowers(IReadOnlyList<Layer> layers, string directory)
    {
        if (layers.Count == 0)
        {
            Directory.CreateDirectory($"{directory}/empty", RootMode);
            return [$"{directory}/empty"];
        }

        return [.. layers.Reverse().Select(_layers.GetDirectory)];
    }
}
