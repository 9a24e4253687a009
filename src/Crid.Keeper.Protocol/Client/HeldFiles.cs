using Crid.Linux;

namespace Crid.Keeper.Protocol;

/// <summary>
/// Descriptors that are held for the keeper, by the ids of its processes: should it die, what they stand for lives on, and the next keeper
/// gets them back.
/// </summary>
internal sealed class HeldFiles : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IReadOnlyList<HeldFile>> _held = [];

    /// <summary>Takes over the descriptors of a process in place of those that were held.</summary>
    internal void Hold(string id, IReadOnlyList<HeldFile> files)
    {
        lock (_lock)
        {
            if (_held.Remove(id, out IReadOnlyList<HeldFile>? old))
            {
                Close(old);
            }

            _held[id] = files;
        }
    }

    /// <summary>Closes one descriptor of a process; all where the kind is null.</summary>
    internal void Release(string id, HeldKind? kind)
    {
        lock (_lock)
        {
            if (!_held.Remove(id, out IReadOnlyList<HeldFile>? files))
            {
                return;
            }

            Close(files.Where(file => kind is null || file.Kind == kind));
            HeldFile[] rest = kind is null ? [] : [.. files.Where(file => file.Kind != kind)];
            if (rest.Length > 0)
            {
                _held[id] = rest;
            }
        }
    }

    /// <summary>A copy of everything, with descriptors of its own that the caller closes.</summary>
    internal IReadOnlyList<(string Id, IReadOnlyList<HeldFile> Files)> Copy()
    {
        lock (_lock)
        {
            return [.. _held.Select(static pair => (pair.Key, Copy(pair.Value)))];
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (IReadOnlyList<HeldFile> files in _held.Values)
            {
                Close(files);
            }

            _held.Clear();
        }
    }

    internal static void Close(IEnumerable<HeldFile> files)
    {
        foreach (HeldFile file in files)
        {
            file.File.Dispose();
        }
    }

    private static IReadOnlyList<HeldFile> Copy(IReadOnlyList<HeldFile> files) =>
        [.. files.Select(static file => file with { File = Descriptor.Duplicate(file.File) })];
}
