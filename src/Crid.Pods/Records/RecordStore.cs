using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Immutable records by id and by name. Reads are answered from memory without a lock; a change is written to its table first and published
/// afterwards, so nobody is ever told what a crash could take back.
/// </summary>
internal abstract class RecordStore<TId, TName, TRecord>
    where TId : struct
    where TName : notnull
    where TRecord : class
{
    private readonly IRecordTable<TId, TRecord> _table;
    private readonly ConcurrentDictionary<TId, TRecord> _records = [];
    private readonly ConcurrentDictionary<TName, TId> _names = [];
    private readonly KeyedLock<TId> _writers = new();

    protected RecordStore(IRecordTable<TId, TRecord> table) => _table = table;

    /// <summary>Every record, those in the making too.</summary>
    public IEnumerable<TRecord> All => _records.Select(entry => entry.Value);

    /// <summary>The records that callers may see.</summary>
    public IEnumerable<TRecord> Listed => All.Where(IsListed);

    /// <summary>
    /// Told of each change after it is published: the record before and after, null where callers don't see it. Changes of one record are told
    /// in their order. Must neither throw nor wait.
    /// </summary>
    public Action<TRecord?, TRecord?> Changed { get; set; } = static (_, _) => { };

    /// <summary>What a record is called in messages: sandbox, container.</summary>
    protected abstract string Noun { get; }

    public async Task LoadAsync()
    {
        foreach (TRecord record in await _table.LoadAsync())
        {
            _records[IdOf(record)] = record;
            _names[NameOf(record)] = IdOf(record);
        }
    }

    public TRecord? Find(TId id) => _records.GetValueOrDefault(id);

    public TRecord? FindByName(TName name) => _names.TryGetValue(name, out TId id) ? Find(id) : null;

    /// <summary>Finds a listed record by its id or by a unique prefix of it.</summary>
    /// <exception cref="CridException">InvalidArgument: several ids begin like this.</exception>
    public TRecord? Resolve(string idOrPrefix)
    {
        if (TryParseId(idOrPrefix, out TId id))
        {
            return Find(id) is TRecord exact && IsListed(exact) ? exact : null;
        }

        TRecord? found = null;
        foreach (TRecord record in idOrPrefix.Length == 0 ? [] : Listed)
        {
            if (!TextOf(IdOf(record)).StartsWith(idOrPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            found = found is null
                ? record
                : throw CridException.InvalidArgument($"{Noun} id prefix '{idOrPrefix}' is ambiguous");
        }

        return found;
    }

    /// <exception cref="CridException">NotFound: no such record.</exception>
    public TRecord Get(string idOrPrefix) =>
        Resolve(idOrPrefix) ?? throw CridException.NotFound($"no {Noun} '{idOrPrefix}'");

    /// <exception cref="CridException">AlreadyExists: the name is taken.</exception>
    public async Task InsertAsync(TRecord record)
    {
        TId id = IdOf(record);
        TName name = NameOf(record);
        if (!_names.TryAdd(name, id))
        {
            throw new CridException(ErrorKind.AlreadyExists, $"{Noun} '{name}' exists already");
        }

        using IDisposable writer = await _writers.AcquireAsync(id);
        try
        {
            await _table.WriteAsync(record);
            _records[id] = record;
            Tell(null, record);
        }
        catch
        {
            _names.TryRemove(KeyValuePair.Create(name, id));
            throw;
        }
    }

    /// <summary>Replaces a record by what <paramref name="change"/> makes of its present value; changes of one record are serialised.</summary>
    /// <returns>The new record, or null where it does not exist any more.</returns>
    public async Task<TRecord?> TryUpdateAsync(TId id, Func<TRecord, TRecord> change)
    {
        using IDisposable writer = await _writers.AcquireAsync(id);
        if (Find(id) is not TRecord current)
        {
            return null;
        }

        TRecord next = change(current);
        if (!ReferenceEquals(next, current))
        {
            await _table.WriteAsync(next);
            _records[id] = next;
            Tell(current, next);
        }

        return next;
    }

    /// <exception cref="CridException">NotFound: it does not exist any more.</exception>
    public async Task<TRecord> UpdateAsync(TId id, Func<TRecord, TRecord> change) =>
        await TryUpdateAsync(id, change) ?? throw CridException.NotFound($"no {Noun} '{TextOf(id)}'");

    /// <summary>Deletes a record and frees its name; accepts ids that do not exist.</summary>
    public async Task DeleteAsync(TId id)
    {
        using IDisposable writer = await _writers.AcquireAsync(id);
        await _table.DeleteAsync(id);
        if (_records.TryRemove(id, out TRecord? removed))
        {
            _names.TryRemove(KeyValuePair.Create(NameOf(removed), id));
            Tell(removed, null);
        }
    }

    protected abstract TId IdOf(TRecord record);

    protected abstract TName NameOf(TRecord record);

    protected abstract string TextOf(TId id);

    protected abstract bool TryParseId(string text, [NotNullWhen(true)] out TId id);

    protected abstract bool IsListed(TRecord record);

    private void Tell(TRecord? before, TRecord? after)
    {
        TRecord? visibleBefore = before is not null && IsListed(before) ? before : null;
        TRecord? visibleAfter = after is not null && IsListed(after) ? after : null;
        if (visibleBefore is not null || visibleAfter is not null)
        {
            Changed(visibleBefore, visibleAfter);
        }
    }
}
