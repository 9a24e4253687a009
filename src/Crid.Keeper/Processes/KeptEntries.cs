using System.Diagnostics.CodeAnalysis;
using Crid.Core;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>The kept processes by id, with their state files; belongs to the control thread.</summary>
internal sealed class KeptEntries(StateStore store, KeeperServices services)
{
    private readonly Dictionary<string, KeptEntry> _entries = [];

    internal int Count => _entries.Count;

    internal IEnumerable<KeptEntry> All => _entries.Values;

    internal bool TryGet(string id, [NotNullWhen(true)] out KeptEntry? entry) => _entries.TryGetValue(id, out entry);

    internal bool Contains(string id) => _entries.ContainsKey(id);

    /// <summary>Reads what an earlier keeper has left.</summary>
    internal IReadOnlyList<KeptEntry> Load()
    {
        List<KeptEntry> loaded = store.ReadAll((path, problem) => KeeperLog.StateUnreadable(services.Logger, problem, path));
        foreach (KeptEntry entry in loaded)
        {
            _entries[entry.Id] = entry;
        }

        return loaded;
    }

    /// <summary>Adds an entry that the program before this one has handed over; its state is written.</summary>
    internal void TakeOver(KeptEntry entry) => _entries[entry.Id] = entry;

    /// <summary>Adds a new entry once its state is written.</summary>
    internal void Add(KeptEntry entry)
    {
        if (!TryWrite(entry, out Exception? failure))
        {
            throw new CridException(ErrorKind.Internal, $"'{entry.Id}': its state can't be written: {failure.Message}", failure);
        }

        _entries.Add(entry.Id, entry);
    }

    /// <summary>Writes the state of an entry; where that fails it is logged, and the next keeper knows what was written before.</summary>
    internal void Write(KeptEntry entry) => TryWrite(entry, out _);

    /// <summary>Takes an entry out and gives what is left to do for it, which may wait for a disk.</summary>
    internal Action Drop(KeptEntry entry)
    {
        _entries.Remove(entry.Id);
        entry.Io?.Abandon();
        return () =>
        {
            if (entry.Io is not null)
            {
                entry.Io.Dispose();
            }
            else if (entry.IoSettings is not null)
            {
                entry.IoSettings.RemoveFiles();
            }

            store.Delete(entry.Id);
        };
    }

    /// <summary>Drops an entry that nobody asks for any more.</summary>
    internal void DropInBackground(KeptEntry entry, Action? then = null)
    {
        Action drop = Drop(entry);
        services.Jobs.Enqueue(_ =>
        {
            try
            {
                drop();
            }
            catch (Exception e)
            {
                KeeperLog.StateNotWritten(services.Logger, e, entry.Id);
            }

            then?.Invoke();
        });
    }

    private bool TryWrite(KeptEntry entry, [NotNullWhen(false)] out Exception? failure)
    {
        try
        {
            store.Write(entry);
            failure = null;
            return true;
        }
        catch (Exception e) when (e is IOException or LinuxException)
        {
            KeeperLog.StateNotWritten(services.Logger, e, entry.Id);
            failure = e;
            return false;
        }
    }
}
