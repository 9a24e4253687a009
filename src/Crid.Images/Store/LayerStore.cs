using System.Globalization;
using Crid.Core;
using Crid.Linux;
using Crid.State;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>
/// The layers on disk. A layer either is complete and durable and has a row, or does not exist. It stays as long as somebody holds it: an image, a
/// snapshot, or an operation under way; and for a while when the pull that brought it ended before its image was whole.
/// </summary>
internal sealed class LayerStore : IDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMinutes(10);

    private readonly CridDirectories _directories;
    private readonly Database _database;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Layer> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int> _holds = [];
    private readonly SemaphoreSlim _collecting = new(1, 1);
    private readonly KeyedLock<string> _committing = new();
    private readonly LateRemovals _removals;
    private readonly WaitingLayers _waiting;
    private readonly TimeProvider _time;
    private long _lastNumber;

    private LayerStore(CridDirectories directories, Database database, TimeSpan grace, ILogger logger, TimeProvider time)
    {
        _removals = new LateRemovals(RemoveTree, time);
        _waiting = new WaitingLayers(grace, time, () => _ = CollectExpiredAsync());
        _time = time;
        _directories = directories;
        _database = database;
        _logger = logger;
    }

    /// <summary>Reads the rows and removes what operations that never finished left on disk.</summary>
    /// <param name="directories">Where the layers are.</param>
    /// <param name="database">Where their rows are.</param>
    /// <param name="grace">How long a finished layer waits for an image that has it.</param>
    /// <param name="logger">Hears of what is removed.</param>
    /// <param name="time">The clock.</param>
    public static async Task<LayerStore> OpenAsync(CridDirectories directories, Database database, TimeSpan grace, ILogger logger, TimeProvider time)
    {
        LayerStore store = new(directories, database, grace, logger, time);
        Directory.CreateDirectory(directories.Layers);
        Directory.CreateDirectory(directories.Temporary);
        foreach ((Layer layer, DateTimeOffset? waitingSince) in await database.ReadAsync(LayerRows.Read))
        {
            store.Restore(layer, waitingSince);
        }

        store.RemoveLeftovers();
        foreach (Layer layer in store._byKey.Values.Where(layer => !Directory.Exists(store.GetDirectory(layer))).ToArray())
        {
            ImagesLog.LayerMissing(logger, layer.Number, layer.DiffId.Value);
            await store.CondemnAsync(layer);
        }

        return store;
    }

    /// <summary>The files of a layer.</summary>
    public string GetDirectory(Layer layer) => $"{GetPath(layer.Number)}/fs";

    /// <summary>All that is kept of a layer.</summary>
    public string GetPath(Layer layer) => GetPath(layer.Number);

    public (ulong Bytes, ulong Inodes) GetUsage()
    {
        lock (_lock)
        {
            return ((ulong)_byKey.Values.Sum(static layer => layer.Bytes), (ulong)_byKey.Values.Sum(static layer => layer.Inodes));
        }
    }

    public IReadOnlyDictionary<long, Layer> ListByNumber()
    {
        lock (_lock)
        {
            return _byKey.Values.ToDictionary(static layer => layer.Number);
        }
    }

    /// <summary>Finds the layer that has the first of some keys, and holds it; null where it has to be fetched.</summary>
    public Layer? FindAndHold(params ReadOnlySpan<string> keys)
    {
        lock (_lock)
        {
            foreach (string key in keys)
            {
                if (FindAndHold(key) is Layer layer)
                {
                    return layer;
                }
            }

            return null;
        }
    }

    /// <summary>Holds a layer that was listed before; false where it is gone by now.</summary>
    public bool TryHold(Layer layer)
    {
        lock (_lock)
        {
            bool exists = IsThere(layer);
            if (exists)
            {
                Hold([layer]);
            }

            return exists;
        }
    }

    public void Hold(IEnumerable<Layer> layers)
    {
        lock (_lock)
        {
            foreach (Layer layer in layers)
            {
                _holds[layer.Number] = _holds.GetValueOrDefault(layer.Number) + 1;
            }
        }
    }

    /// <summary>Holds the layers of an image. From now on they go with the last image that has them.</summary>
    public void HoldForImage(IReadOnlyCollection<Layer> layers)
    {
        Hold(layers);
        _waiting.Remove(layers);
    }

    public void Release(IEnumerable<Layer> layers)
    {
        lock (_lock)
        {
            foreach (Layer layer in layers)
            {
                int left = _holds[layer.Number] - 1;
                if (left == 0)
                {
                    _holds.Remove(layer.Number);
                }
                else
                {
                    _holds[layer.Number] = left;
                }
            }
        }
    }

    /// <summary>An empty directory for a layer to be unpacked into.</summary>
    public ReservedLayer Reserve()
    {
        long number = Interlocked.Increment(ref _lastNumber);
        string directory = $"{_directories.Temporary}/layer-{number.ToString(CultureInfo.InvariantCulture)}";
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ReservedLayer(number, directory, FileAt.OpenDirectory(directory));
    }

    /// <summary>
    /// Makes an unpacked layer durable and part of the store: contents first, then its name, then its row. It is held once. Where a fetch that
    /// was given up has brought the same layer at the same time, the first one stays.
    /// </summary>
    public async Task<Layer> CommitAsync(ReservedLayer reserved, string key, LayerContent content)
    {
        using IDisposable committing = await _committing.AcquireAsync(key);
        if (FindAndHold(key) is Layer existing)
        {
            RemoveTree(reserved.Directory);
            return existing;
        }

        long number = reserved.Number;
        Layer layer = new(number, key, content.DiffId, content.Bytes, content.Inodes);
        DateTimeOffset finished;
        try
        {
            PutInPlace(reserved);
            finished = _time.GetUtcNow();
            await _database.WriteAsync(Durability.Power, connection => LayerRows.Insert(connection, layer, finished));
        }
        catch
        {
            RemoveTree(GetPath(number));
            throw;
        }

        _waiting.Add(number, finished);
        lock (_lock)
        {
            _byKey.Add(key, layer);
            _holds[number] = 1;
        }

        return layer;
    }

    /// <summary>
    /// Hides a damaged layer from pulls, so that the next one fetches it again. Who holds it keeps it. Nothing happens to another layer that has
    /// its key by now, after it went with its images and was pulled anew.
    /// </summary>
    public async Task CondemnAsync(Layer layer)
    {
        using IDisposable committing = await _committing.AcquireAsync(layer.Key);
        if (!IsThere(layer))
        {
            return;
        }

        Layer condemned = layer with { Key = LayerKey.ForNobody(layer.Number) };
        await _database.WriteAsync(Durability.Power, connection => LayerRows.SetKey(connection, condemned));
        _waiting.Remove([layer]);
        lock (_lock)
        {
            if (IsThere(layer))
            {
                _byKey.Remove(layer.Key);
                _byKey.Add(condemned.Key, condemned);
            }
        }
    }

    /// <summary>Removes the layers that nobody holds, but for those that are kept for the retry of a pull.</summary>
    public Task CollectAsync() => CollectAsync(_waiting.Keeps);

    /// <summary>Removes all layers that nobody holds: their space is needed more than the time that fetching them again would take.</summary>
    public Task CollectAllAsync() => CollectAsync(static _ => false);

    /// <summary>Removes a directory; a failure is logged and tried again later, at the latest at the next start.</summary>
    public void RemoveTree(string path)
    {
        try
        {
            DirectoryTree.Remove(path);
        }
        catch (LinuxException exception)
        {
            ImagesLog.RemovalFailed(_logger, exception, path);
            _removals.Add(path);
        }
    }

    public void Dispose()
    {
        _waiting.Dispose();
        _removals.Dispose();
    }

    private async Task CollectAsync(Predicate<Layer> isKept)
    {
        await _collecting.WaitAsync();
        try
        {
            List<Layer> unused = TakeUnused(isKept);
            if (unused.Count == 0)
            {
                return;
            }

            // The row goes first: without it the directory is a leftover, which every start removes.
            try
            {
                await _database.WriteAsync(Durability.Power, connection => LayerRows.Delete(connection, unused));
            }
            catch
            {
                // Their rows are still there, as on a full disk: forgotten here they could neither be used nor fetched again.
                lock (_lock)
                {
                    unused.ForEach(layer => _byKey.TryAdd(layer.Key, layer));
                }

                throw;
            }

            _waiting.Remove(unused);
            await Task.Run(() => unused.ForEach(layer => RemoveTree(GetPath(layer.Number))));
        }
        finally
        {
            _collecting.Release();
        }
    }

    // Takes them out of what pulls find, and sets the timer for those that are kept.
    private List<Layer> TakeUnused(Predicate<Layer> isKept)
    {
        lock (_lock)
        {
            ILookup<bool, Layer> unheld = _byKey.Values.Where(layer => !_holds.ContainsKey(layer.Number)).ToLookup(layer => isKept(layer));
            List<Layer> unused = [.. unheld[false]];
            unused.ForEach(layer => _byKey.Remove(layer.Key));
            _waiting.Watch([.. unheld[true]]);
            return unused;
        }
    }

    private async Task CollectExpiredAsync()
    {
        try
        {
            await CollectAsync();
        }
        catch (Exception exception)
        {
            ImagesLog.CollectionFailed(_logger, exception);
            _waiting.WakeAfter(PauseAfterFailure);
        }
    }

    private void Restore(Layer layer, DateTimeOffset? waitingSince)
    {
        _byKey.Add(layer.Key, layer);
        _lastNumber = Math.Max(_lastNumber, layer.Number);
        if (waitingSince is { } since)
        {
            _waiting.Add(layer.Number, since);
        }
    }

    private Layer? FindAndHold(string key)
    {
        lock (_lock)
        {
            Layer? layer = _byKey.GetValueOrDefault(key);
            if (layer is not null)
            {
                _holds[layer.Number] = _holds.GetValueOrDefault(layer.Number) + 1;
            }

            return layer;
        }
    }

    // By its number: a key may have gone to a layer that was fetched later.
    private bool IsThere(Layer layer)
    {
        lock (_lock)
        {
            return _byKey.GetValueOrDefault(layer.Key)?.Number == layer.Number;
        }
    }

    private void PutInPlace(ReservedLayer reserved)
    {
        FileSystems.Sync(reserved.Opened);
        using SafeFileHandle parent = FileAt.OpenDirectory(_directories.Layers);
        Directory.Move(reserved.Directory, GetPath(reserved.Number));
        FileSystems.SyncFile(parent);
    }

    private string GetPath(long number) => $"{_directories.Layers}/{number.ToString(CultureInfo.InvariantCulture)}";

    private void RemoveLeftovers()
    {
        foreach (MountInfo mount in Mounts.Read().Reverse().Where(mount => mount.Mountpoint.StartsWith(_directories.Temporary + "/", StringComparison.Ordinal)))
        {
            Mounts.Unmount(mount.Mountpoint, detach: true);
        }

        HashSet<string> known = [.. _byKey.Values.Select(layer => GetPath(layer.Number))];
        string[] leftovers = [.. Directory.GetFileSystemEntries(_directories.Temporary), .. Directory.GetFileSystemEntries(_directories.Layers).Except(known)];
        foreach (string path in leftovers)
        {
            RemoveTree(path);
            ImagesLog.LeftoverRemoved(_logger, path);
        }
    }
}
